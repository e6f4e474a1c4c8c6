#' Serve a model over HTTP
#'
#' `lcrisk_serve()` answers requests for scores and reasons until it is interrupted.
#' `lcrisk_service()` gives the same service as a function of a request, without a socket:
#' for tests, and for servers of your own.
#'
#' @param model An `lcrisk_model`, or the name of a model file.
#' @param host Address to listen on. Other addresses than this machine's own need `keys`.
#' @param port Port of the first worker (whole number).
#' @param workers Number of processes; worker k listens on `port + k - 1`, and is started
#'   anew when it stops answering. R computes one thing at a time, so that each scores one
#'   request at a time.
#' @param keys NULL for none, or the SHA-256 of each API key as 64 hexadecimal digits,
#'   named by who has it: the keys themselves are never kept. `openssl rand -hex 32` makes
#'   a key, `printf %s KEY | sha256sum` its digest.
#' @param max_rows,max_bytes Most loans and bytes of a request (numbers).
#' @param rate Requests per second and key that are answered, per worker; a second's worth
#'   may come at once.
#' @param audit NULL, or the file that gets a record of every answered request before the
#'   answer goes out, see [lcrisk_service_log()]. Worker k writes to `audit` with `-k`
#'   before its extension.
#' @param audit_body Put the request's body into the record, not only its hash?
#' @param audit_force Force each record to disk before answering? It then outlasts a loss
#'   of power and not only a crash, at the cost of a disk's patience.
#' @param server `"httpuv"`, or `"plumber"`, which is the same server behind plumber's
#'   router: about a millisecond slower per request, and needed only to mount the service
#'   into a larger plumber API.
#' @param ... Nothing else: an unknown argument is an error.
#' @return `lcrisk_serve()`: nothing, when interrupted. `lcrisk_service()`: a function of
#'   `method`, `path`, `headers` (a character vector named by header) and `body` (text or
#'   raw), which gives a list of `status`, `type`, `headers` and `body` (text).
#' @details
#' | path | answer |
#' | --- | --- |
#' | `GET /health` | whether the service answers; no key |
#' | `GET /openapi.json` | this contract, OpenAPI 3.1, made from the model; no key |
#' | `GET /v1/model` | the model: event, cut-off, fields with types, levels, ranges |
#' | `POST /v1/score` | probability and decision for 1 to `max_rows` loans |
#' | `POST /v1/reasons` | the same with reasons, see [lcrisk_reasons()]; 1 to 100 loans |
#' | `GET /metrics` | counts and times, as Prometheus reads them |
#'
#'   *Bodies* are JSON (a list of objects, one object, or an object of lists), NDJSON or
#'   csv, told by `Content-Type`. They hold the fields of `/v1/model`: for a model of
#'   [lcrisk_features()] the columns of the loans, for others their own. They are read
#'   by the core, byte for byte, never by R: names that are no field, names twice, values
#'   that a field cannot have, wrong UTF-8 and deep nesting are refused with the row. A
#'   field that is not given is missing, and listed in `absent`; text that is no level is
#'   missing, and its field listed in `unseen`.
#'
#'   *Answers* give probabilities in 17 digits, the bits of `predict()`, with the model's
#'   fingerprint. *Errors* are `application/problem+json` (RFC 9457) with a `code`, and
#'   say nothing of the inside; the inside goes to the standard error stream.
#'
#'   *Keys* come as `Authorization: Bearer KEY` or `X-API-Key: KEY`, and are compared by
#'   their hashes in a time that does not depend on them.
#'
#'   *In front of it* belongs nginx: `system.file("serve/nginx.conf", package = "lcrisk")`
#'   has the limits, the encryption and the workers. It talks to the workers with a
#'   connection for each request: on a kept one, answers of this kind of server wait 40 ms
#'   for a packet to be acknowledged.
#' @section Errors: `lcrisk_error_input` for wrong arguments, `no_keys` for a `host` that
#'   needs keys, `not_installed` when the server's package is not installed; those of
#'   [lcrisk_load()] and [lcrisk_save()].
#' @family deliver
#' @examples
#' set.seed(1)
#' data <- data.frame(income = runif(300, 20, 90))
#' data$default <- runif(300) < plogis(2 - 0.06 * data$income)
#' model <- lcrisk_train(default ~ income, data, learner = "logit", seed = 1)
#' answer <- lcrisk_service(model)
#' answer("POST", "/v1/score", c("content-type" = "application/json"), "{\"income\": 40}")
#' \dontrun{
#' lcrisk_serve(model, port = 8000, keys = c(bank = "64 hexadecimal digits"))
#' }
#' @export
lcrisk_serve <- function(model, host = "127.0.0.1", port = 8000L, workers = 1L,
                         keys = NULL, max_rows = 10000, max_bytes = 2^25, rate = Inf,
                         audit = NULL, audit_body = FALSE, audit_force = FALSE,
                         server = c("httpuv", "plumber"), ...) {
  check_call(...)
  check_string(host)
  port <- check_count(port, 1L, 65535L)
  workers <- check_count(workers, 1L, 256L)
  server <- if (missing(server)) "httpuv" else {
    check_choice(server, c("httpuv", "plumber"))
  }
  if (is.null(keys) && !host %in% c("127.0.0.1", "::1", "localhost")) {
    lcrisk_abort("input", "no_keys",
                 "`keys` are needed to listen on an address that others can reach.",
                 cure = "Give `keys`, or leave `host` alone and put nginx in front.",
                 arg = "keys")
  }
  check_installed(server)
  options <- list(keys = keys, max_rows = max_rows, max_bytes = max_bytes, rate = rate,
                  audit = audit, audit_body = audit_body, audit_force = audit_force)
  service <- do.call(new_service, c(list(model), options))
  if (workers == 1L) return(run_server(service, host, port, server))
  run_workers(service$model, options, host, port, workers, server)
}

#' @rdname lcrisk_serve
#' @export
lcrisk_service <- function(model, keys = NULL, max_rows = 10000, max_bytes = 2^25,
                           rate = Inf, audit = NULL, audit_body = FALSE,
                           audit_force = FALSE, ...) {
  check_call(...)
  service <- new_service(model, keys, max_rows, max_bytes, rate, audit, audit_body,
                         audit_force)
  function(method, path, headers = character(), body = raw()) {
    names(headers) <- tolower(names(headers))
    if (is.character(body)) body <- charToRaw(enc2utf8(paste(body, collapse = "\n")))
    serve_handle(service, list(method = method, path = path, headers = headers,
                               body = body))
  }
}

# ---- a service -----------------------------------------------------------------

# Everything that stays between requests. An environment: counters move.
new_service <- function(model, keys, max_rows, max_bytes, rate, audit, audit_body,
                        audit_force, call = caller_env()) {
  if (is.character(model)) model <- lcrisk_load(model)
  check_model(model, call = call)
  keys <- check_keys(keys, call)
  max_rows <- check_count(max_rows, 1L, 1000000L, call = call)
  max_bytes <- check_number(max_bytes, 1, 2^30, call = call)
  if (!identical(rate, Inf)) rate <- check_number(rate, 0.001, 1e9, call = call)
  if (!is.null(audit)) check_path(audit, call = call)
  check_flag(audit_body, call = call)
  check_flag(audit_force, call = call)
  inputs <- inputs_of_model(model)
  state <- list(
    model = model, scorer = .Call(ffi_serve_open, model_bytes(model)),
    cutoff = model$cutoff, field_names = json_quote(inputs$name),
    identity = sprintf("\"model\":\"%s\",\"event\":%s,\"cutoff\":%s", model$fingerprint,
                       json_quote(event_text(model$outcome, model$event)),
                       json_number(model$cutoff)),
    card = json_text(model_card(model, inputs)),
    openapi = json_text(openapi_document(model, inputs, max_rows)),
    key_names = names(keys), key_digests = digest_bytes(keys),
    max_rows = as.double(max_rows), max_bytes = max_bytes, max_reasons = 100,
    rate = rate, tokens = rep(max(1, rate), max(1L, length(keys))),
    filled = rep(0, max(1L, length(keys))),
    audit = open_audit(if (!is.null(audit)) path.expand(audit), audit_body, audit_force),
    counts = list(), buckets = numeric(length(metric_bounds) + 1L), seconds = 0,
    n_rows = 0, n_ids = 0,
    id_prefix = sprintf("%x-%.0f", Sys.getpid(), 1000 * as.numeric(Sys.time())),
    clock = function() as.numeric(proc.time()[[3L]]),
    now = function() format(Sys.time(), "%Y-%m-%dT%H:%M:%OS3Z", tz = "UTC"),
    log = function(text) message(text)
  )
  service <- list2env(state, parent = emptyenv())
  service$filled[] <- service$clock()
  service
}

check_keys <- function(keys, call) {
  if (is.null(keys)) return(character())
  names <- names(keys)
  ok <- is.character(keys) && length(keys) >= 1L && !is.null(names) &&
    all(grepl("^[A-Za-z0-9._-]{1,64}$", names)) && !anyDuplicated(names) &&
    all(grepl("^[0-9A-Fa-f]{64}$", keys))
  if (!ok) {
    # never shown: it may be the keys themselves
    lcrisk_abort("input", "bad_keys",
                 "`keys` must be SHA-256 digests of 64 hexadecimal digits, with names.",
                 cure = "Make them with `printf %s KEY | sha256sum`.", arg = "keys",
                 call = call)
  }
  keys
}

digest_bytes <- function(keys) {
  pairs <- substring(rep(keys, each = 32L), seq(1L, 63L, 2L), seq(2L, 64L, 2L))
  as.raw(strtoi(pairs, 16L))
}

# ---- what the model says of itself ---------------------------------------------------

model_card <- function(model, inputs) {
  list(
    model = model$fingerprint, learner = model$learner$kind,
    event = event_text(model$outcome, model$event), cutoff = model$cutoff,
    base_rate = model$base_rate, rows = as.double(model$n), trained_on = model$trained_on,
    lcrisk = model$versions[["lcrisk"]], seed = model$seed,
    calibration = I(vapply(model$calibration, `[[`, "", "method")),
    features = I(model$blueprint$features), fields = unname(lapply(
      seq_along(inputs$name), field_card, inputs = inputs
    ))
  )
}

# What is not a number here is not known, and left out
field_card <- function(f, inputs) {
  part <- function(what) inputs[[what]][[f]]
  card <- list(name = part("name"), type = part("type"), label = part("label"),
               group = part("group"), unit = part("unit"), help = part("help"),
               min = part("min"), max = part("max"), low = part("low"),
               high = part("high"),
               levels = if (part("type") == "level") I(part("levels")))
  Filter(function(x) !is.null(x) && !(is.numeric(x) && is.nan(x)) && !identical(x, ""),
         card)
}

openapi_document <- function(model, inputs, max_rows) {
  fields <- lapply(seq_along(inputs$name), field_schema, inputs = inputs)
  names(fields) <- inputs$name
  loan <- list(type = "object", additionalProperties = FALSE, properties = fields)
  reference <- function(name) list("$ref" = paste0("#/components/schemas/", name))
  body <- list(required = TRUE, content = list(
    "application/json" = list(schema = list(oneOf = list(
      list(type = "array", minItems = 1L, maxItems = max_rows, items = reference("Loan")),
      reference("Loan"), reference("Columns")
    ))),
    "application/x-ndjson" = list(schema = list(type = "string")),
    "text/csv" = list(schema = list(type = "string"))
  ))
  list(
    openapi = "3.1.0",
    info = list(title = "lcrisk scoring service", version = package_version_text(),
                description = sprintf("Scores loans with the model %s.",
                                      model$fingerprint)),
    security = list(list(bearer = I(character())), list(key = I(character()))),
    paths = openapi_paths(body, reference),
    components = list(
      securitySchemes = list(
        bearer = list(type = "http", scheme = "bearer"),
        key = list(type = "apiKey", "in" = "header", name = "X-API-Key")
      ),
      schemas = list(
        Loan = loan,
        Columns = list(type = "object", additionalProperties = FALSE,
                       properties = lapply(fields, function(field) {
                         list(type = "array", items = field)
                       })),
        Scores = openapi_scores, Reasons = openapi_reasons, Problem = openapi_problem
      )
    )
  )
}

# Numbers may be text in the field's own grammar, such as "10.65%"
field_schema <- function(f, inputs) {
  type <- inputs$type[f]
  label <- Filter(nzchar, list(title = inputs$label[f], description = inputs$help[f]))
  if (type == "level") {
    return(c(list(type = I(c("string", "null", "boolean")),
                  examples = I(inputs$levels[[f]])), label))
  }
  if (type %in% c("month", "date")) {
    return(c(list(type = I(c("string", "null"))), label))
  }
  c(list(type = I(c("number", "string", "null"))), label)
}

openapi_paths <- function(body, reference) {
  problems <- function(codes) {
    stats::setNames(lapply(codes, function(code) {
      schema <- list(schema = reference("Problem"))
      list(description = status_words[[code]],
           content = list("application/problem+json" = schema))
    }), codes)
  }
  json <- function(description, schema = list(type = "object")) {
    list(description = description,
         content = list("application/json" = list(schema = schema)))
  }
  post <- function(summary, schema) {
    refused <- problems(c("400", "401", "413", "415", "422", "429", "500", "503"))
    list(post = list(summary = summary, requestBody = body,
                     responses = c(list("200" = json(summary, schema)), refused)))
  }
  get <- function(summary, open = FALSE, response = json(summary)) {
    responses <- c(list("200" = response), if (!open) problems("401"))
    list(get = c(list(summary = summary, responses = responses),
                 if (open) list(security = I(character()))))
  }
  metrics <- list(description = "Counts and times",
                  content = list("text/plain" = list(schema = list(type = "string"))))
  list(
    "/health" = get("Whether the service answers", TRUE),
    "/openapi.json" = get("This document", TRUE),
    "/v1/model" = get("What the model is and which fields it takes"),
    "/v1/score" = post("Probabilities and decisions", reference("Scores")),
    "/v1/reasons" = post("Probabilities, decisions and reasons", reference("Reasons")),
    "/metrics" = get("Counts and times for Prometheus", FALSE, metrics)
  )
}

openapi_head <- list(
  request = list(type = "string"), model = list(type = "string"),
  event = list(type = "string"), cutoff = list(type = "number"),
  n = list(type = "integer")
)

openapi_scores <- list(type = "object", properties = c(openapi_head, list(
  prob = list(type = "array", items = list(type = "number")),
  is_event = list(type = "array", items = list(type = "boolean")),
  absent = list(type = "array", items = list(type = "string")),
  unseen = list(type = "array", items = list(type = "string"))
)))

openapi_reasons <- list(type = "object", properties = c(openapi_head, list(
  rows = list(type = "array", items = list(type = "object"))
)))

openapi_problem <- list(type = "object", properties = list(
  type = list(type = "string"), title = list(type = "string"),
  status = list(type = "integer"), code = list(type = "string"),
  detail = list(type = "string"), row = list(type = "integer")
))
