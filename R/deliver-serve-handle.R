# What the service answers: pure functions of a request, so that all of it is tested
# without a socket.
#
#   request   list: method, path, headers (a character vector with names in lower case)
#             and body (raw)
#   response  list: status, type, headers (a list) and body (text)
#
# In this order, each step cheap until the next is deserved: path, length, key, rate,
# content type, the body's bytes in the core (encoding, grammar, depth, names, values),
# scoring, the audit record, the answer.

serve_handle <- function(service, request) {
  from <- service$clock()
  request$id <- request_id(service, request)
  response <- tryCatch(serve_route(service, request), error = function(e) {
    service$log(sprintf("%s %s: %s", request$id, request$path, conditionMessage(e)))
    problem(500L, "internal", "The service could not answer.")
  })
  response$headers <- c(response$headers, list("X-Request-Id" = request$id))
  count_request(service, request$path, response$status, service$clock() - from)
  response
}

# What can be refused before the body is there; NULL when nothing speaks against it
serve_head <- function(service, request) {
  refused <- check_route(service, request) %||% check_length(service, request) %||%
    check_key(service, request)$refused
  if (is.null(refused)) return(NULL)
  request$id <- request_id(service, request)
  refused$headers <- c(refused$headers, list("X-Request-Id" = request$id))
  count_request(service, request$path, refused$status, 0)
  refused
}

serve_route <- function(service, request) {
  refused <- check_route(service, request) %||% check_length(service, request)
  if (!is.null(refused)) return(refused)
  route <- service_routes[[request$path]]
  if (route$open) return(route$answer(service, request))
  caller <- check_key(service, request)
  if (!is.null(caller$refused)) return(caller$refused)
  request$key <- caller$name
  refused <- check_pace(service, caller$at)
  if (!is.null(refused)) return(refused)
  route$answer(service, request)
}

# ---- refusals ------------------------------------------------------------------

answer <- function(status, body, type = "application/json", headers = list()) {
  list(status = status, type = type, headers = headers, body = body)
}

# RFC 9457. What is said comes from this package, never from R or from the request.
problem <- function(status, code, detail, headers = list(), ...) {
  said <- list(type = "about:blank", title = status_words[[as.character(status)]],
               status = status, code = code, detail = detail, ...)
  answer(status, json_text(said), "application/problem+json", headers)
}

status_words <- list(
  "400" = "Bad Request", "401" = "Unauthorized", "404" = "Not Found",
  "405" = "Method Not Allowed", "411" = "Length Required", "413" = "Content Too Large",
  "415" = "Unsupported Media Type", "422" = "Unprocessable Content",
  "429" = "Too Many Requests", "500" = "Internal Server Error",
  "503" = "Service Unavailable"
)

check_route <- function(service, request) {
  route <- service_routes[[request$path, exact = TRUE]]
  if (is.null(route)) return(problem(404L, "no_path", "There is nothing at this path."))
  if (request$method %in% route$methods) return(NULL)
  problem(405L, "method", "This path has other methods.",
          list(Allow = paste(route$methods, collapse = ", ")))
}

check_length <- function(service, request) {
  if (request$method != "POST") return(NULL)
  told <- header_of(request, "content-length")
  n <- if (is.null(told)) length(request$body) else suppressWarnings(as.numeric(told))
  if (is.null(told) && !length(request$body) &&
        !is.null(header_of(request, "transfer-encoding"))) {
    return(problem(411L, "length", "Say the length of the body in Content-Length."))
  }
  if (is.na(n) || n < 0) return(problem(400L, "length", "Content-Length is no length."))
  if (max(n, length(request$body)) <= service$max_bytes) return(NULL)
  problem(413L, "too_large",
          sprintf("The body may have %.0f bytes at most.", service$max_bytes))
}

header_of <- function(request, name) {
  value <- unname(request$headers[name])
  if (length(value) != 1L || is.na(value)) NULL else value
}

# Who calls: the place and name of the key, or `refused`. Without keys anybody may.
check_key <- function(service, request) {
  if (!length(service$key_names) || isTRUE(service_routes[[request$path]]$open)) {
    return(list(at = 1L, name = ""))
  }
  given <- header_of(request, "x-api-key") %||%
    sub("^[Bb]earer +", "", header_of(request, "authorization") %||% "")
  at <- .Call(ffi_serve_key, service$key_digests, charToRaw(given))
  if (at > 0L) return(list(at = at, name = service$key_names[at]))
  list(refused = problem(401L, "key", "The request needs a valid API key.",
                         list("WWW-Authenticate" = "Bearer")))
}

# A bucket for each key: it fills at `rate` a second and holds a second's worth
check_pace <- function(service, at) {
  if (!is.finite(service$rate)) return(NULL)
  now <- service$clock()
  most <- max(1, service$rate)
  tokens <- min(most, service$tokens[at] + (now - service$filled[at]) * service$rate)
  service$filled[at] <- now
  service$tokens[at] <- max(tokens - 1, tokens %% 1)
  if (tokens >= 1) return(NULL)
  problem(429L, "rate", "Too many requests with this key.", list("Retry-After" = "1"))
}

# The caller's own id where it is harmless, else one of ours
request_id <- function(service, request) {
  own <- header_of(request, "x-request-id")
  if (!is.null(own) && grepl("^[A-Za-z0-9._-]{1,64}$", own)) return(own)
  service$n_ids <- service$n_ids + 1
  sprintf("%s-%.0f", service$id_prefix, service$n_ids)
}

# ---- answers -------------------------------------------------------------------

answer_health <- function(service, request) answer(200L, "{\"status\":\"ok\"}")
answer_model <- function(service, request) answer(200L, service$card)
answer_openapi <- function(service, request) answer(200L, service$openapi)

body_formats <- c("application/json" = 0L, "application/x-ndjson" = 1L,
                  "application/ndjson" = 1L, "application/jsonl" = 1L, "text/csv" = 2L)

# The number of the body's format, or `refused`
check_format <- function(request) {
  words <- strsplit(tolower(header_of(request, "content-type") %||% ""), ";")[[1L]]
  words <- trimws(words)
  format <- if (length(words)) body_formats[words[1L]] else NA
  charset <- grep("^charset=", words[-1L], value = TRUE)
  encoding <- tolower(header_of(request, "content-encoding") %||% "identity")
  plain <- all(charset %in% c("charset=utf-8", "charset=\"utf-8\"", "charset=us-ascii"))
  if (!is.na(format) && plain && encoding == "identity") return(unname(format))
  problem(415L, "content_type",
          "Send application/json, application/x-ndjson or text/csv in UTF-8.")
}

# What the core found wrong with a body
body_problem <- function(found) {
  status <- if (found$refused == "too_many_rows") 413L else if (found$refused %in%
    c("unknown_field", "bad_value", "no_rows", "not_finite")) 422L else 400L
  row <- if (found$row > 0) list(row = found$row)
  do.call(problem, c(list(status, found$refused, paste0(found$message, ".")), row))
}

answer_score <- function(service, request) {
  format <- check_format(request)
  if (is.list(format)) return(format)
  got <- .Call(ffi_serve_score, service$scorer, request$body, format, service$max_rows)
  if (!is.null(got$refused)) return(body_problem(got))
  prob <- paste(sprintf("%.17g", got$prob), collapse = ",")
  refused <- write_audit(service, request, length(got$prob), prob)
  if (!is.null(refused)) return(refused)
  service$n_rows <- service$n_rows + length(got$prob)
  event <- c("false", "true")[(got$prob >= service$cutoff) + 1L]
  answer(200L, paste0(
    "{\"request\":\"", request$id, "\",", service$identity, ",\"n\":", length(got$prob),
    ",\"prob\":[", prob, "],\"is_event\":[", paste(event, collapse = ","),
    "],\"absent\":[", paste(service$field_names[got$absent], collapse = ","),
    "],\"unseen\":[", paste(service$field_names[got$unseen], collapse = ","), "]}"
  ))
}

answer_reasons <- function(service, request) {
  format <- check_format(request)
  if (is.list(format)) return(format)
  columns <- .Call(ffi_serve_columns, service$scorer, request$body, format,
                   service$max_reasons)
  if (!is.null(columns$refused)) return(body_problem(columns))
  data <- serve_frame(service$model$blueprint, columns)
  reasons <- tryCatch(lcrisk_reasons(service$model, data, threads = 1L),
                      lcrisk_error_model = function(e) NULL)
  if (is.null(reasons)) {
    return(problem(422L, "no_reason_text", "The model's features have no reason texts."))
  }
  loans <- attr(reasons, "loans")
  prob <- paste(sprintf("%.17g", loans[["prob"]]), collapse = ",")
  refused <- write_audit(service, request, nrow(loans), prob)
  if (!is.null(refused)) return(refused)
  service$n_rows <- service$n_rows + nrow(loans)
  answer(200L, reasons_json(service, request, reasons, loans))
}

reasons_json <- function(service, request, reasons, loans) {
  each <- sprintf(
    "{\"feature\":%s,\"text\":%s,\"contribution\":%s}", json_quote(reasons[["feature"]]),
    json_quote(reasons[["text"]]), json_number(reasons[["contribution"]])
  )
  by_loan <- split(each, factor(reasons[["row"]], loans[["row"]]))
  change <- ifelse(is.na(loans[["change"]]), "null", json_quote(loans[["change"]]))
  rows <- sprintf(
    "{\"prob\":%.17g,\"is_event\":%s,\"reasons\":[%s],\"change\":%s}", loans[["prob"]],
    c("false", "true")[loans[["declined"]] + 1L],
    vapply(by_loan, paste, "", collapse = ","), change
  )
  sprintf("{\"request\":\"%s\",%s,\"n\":%d,\"rows\":[%s]}", request$id, service$identity,
          nrow(loans), paste(rows, collapse = ","))
}

# The core's columns as data that the model's blueprint takes
serve_frame <- function(blueprint, columns) {
  names(columns) <- blueprint$features
  for (name in blueprint$features) {
    x <- columns[[name]]
    columns[[name]] <- switch(
      blueprint$kind[[name]],
      flag = x == 1,
      date = structure(x, class = "Date"),
      level = , ordered = make_factor(x, blueprint$levels[[name]],
                                      blueprint$kind[[name]] == "ordered"),
      x
    )
  }
  setDT(columns)
  columns
}

# ---- metrics -------------------------------------------------------------------

metric_bounds <- c(0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5)

count_request <- function(service, path, status, seconds) {
  if (is.null(service_routes[[path, exact = TRUE]])) path <- "other"
  what <- paste0("path=\"", path, "\",status=\"", status, "\"")
  service$counts[[what]] <- (service$counts[[what]] %||% 0) + 1
  at <- findInterval(seconds, metric_bounds, left.open = TRUE) + 1L
  service$buckets[at] <- service$buckets[at] + 1
  service$seconds <- service$seconds + seconds
}

# Prometheus' text format, version 0.0.4
answer_metrics <- function(service, request) {
  counts <- service$counts
  below <- cumsum(service$buckets)
  bounds <- c(sprintf("%g", metric_bounds), "+Inf")
  lines <- c(
    "# HELP lcrisk_requests_total Requests answered.",
    "# TYPE lcrisk_requests_total counter",
    if (length(counts)) sprintf("lcrisk_requests_total{%s} %.0f", names(counts),
                                unlist(counts)),
    "# HELP lcrisk_rows_total Loans scored.", "# TYPE lcrisk_rows_total counter",
    sprintf("lcrisk_rows_total %.0f", service$n_rows),
    "# HELP lcrisk_request_seconds Time to answer.",
    "# TYPE lcrisk_request_seconds histogram",
    sprintf("lcrisk_request_seconds_bucket{le=\"%s\"} %.0f", bounds, below),
    sprintf("lcrisk_request_seconds_sum %.9g", service$seconds),
    sprintf("lcrisk_request_seconds_count %.0f", below[length(below)]),
    "# HELP lcrisk_audit_records_total Records in the audit log.",
    "# TYPE lcrisk_audit_records_total counter",
    sprintf("lcrisk_audit_records_total %.0f", service$audit$n),
    "# HELP lcrisk_model_info The model that scores.", "# TYPE lcrisk_model_info gauge",
    sprintf("lcrisk_model_info{fingerprint=\"%s\"} 1", service$model$fingerprint)
  )
  answer(200L, paste0(paste(lines, collapse = "\n"), "\n"),
         "text/plain; version=0.0.4; charset=utf-8")
}

# ---- paths ---------------------------------------------------------------------

# `open` paths need no key
service_routes <- list(
  "/health" = list(methods = c("GET", "HEAD"), open = TRUE, answer = answer_health),
  "/v1/model" = list(methods = c("GET", "HEAD"), open = FALSE, answer = answer_model),
  "/v1/score" = list(methods = "POST", open = FALSE, answer = answer_score),
  "/v1/reasons" = list(methods = "POST", open = FALSE, answer = answer_reasons),
  "/metrics" = list(methods = c("GET", "HEAD"), open = FALSE, answer = answer_metrics),
  "/openapi.json" = list(methods = c("GET", "HEAD"), open = TRUE, answer = answer_openapi)
)
