serve_model <- function(learner = lcrisk_boost(trees = 30, folds = 0), ...) {
  fit_contract(learner, contract_rows(400L), ...)
}

fields_of <- function(n, start = 50L) {
  data <- contract_rows(n, start)
  data$y <- NULL
  data$home[3] <- NA
  data
}

score <- function(answer, body, type = "application/json", headers = character()) {
  answer("POST", "/v1/score", c("Content-Type" = type, headers), body)
}

test_that("every form of a body gives the bits of predict()", {
  data <- fields_of(300L)
  for (learner in list(lcrisk_boost(trees = 30, folds = 0), lcrisk_logit(),
                       lcrisk_mlp(restarts = 1, epochs = 3))) {
    model <- serve_model(learner)
    want <- exact_text(predict(model, data))
    answer <- lcrisk_service(model)
    rows <- json_rows(data)
    got <- list(
      score(answer, sprintf("[%s]", paste(rows, collapse = ","))),
      score(answer, json_columns(data)),
      score(answer, rows, "application/x-ndjson"),
      score(answer, csv_body(data), "text/csv; charset=UTF-8")
    )
    for (one in got) {
      expect_identical(one$status, 200L)
      expect_identical(answered_prob(one$body), want)
      expect_match(one$body, sprintf("\"model\":\"%s\"", model$fingerprint))
      expect_match(one$body, "\"absent\":[],\"unseen\":[]", fixed = TRUE)
    }
    for (i in 1:20) {
      one <- score(answer, rows[i])
      expect_identical(answered_prob(one$body), want[i])
      said <- if (predict(model, data[i, ]) >= model$cutoff) "[true]" else "[false]"
      expect_match(one$body, paste0("\"is_event\":", said), fixed = TRUE)
    }
  }
})

test_that("raw columns of loans give the bits of predict() on loans", {
  loans <- lcrisk_simulate(3000, seed = 3)
  frame <- lcrisk_features(suppressWarnings(lcrisk_outcome(loans)))
  model <- suppressWarnings(
    lcrisk_train(frame, learner = lcrisk_boost(trees = 30, folds = 0), seed = 1)
  )
  answer <- lcrisk_service(model)
  known <- intersect(inputs_of_model(model)$name, names(loans))
  data <- as.data.frame(loans)[1:500, known]
  got <- score(answer, sprintf("[%s]", paste(json_rows(data), collapse = ",")))
  expect_identical(got$status, 200L)
  expect_identical(answered_prob(got$body), exact_text(predict(model, loans[1:500])))

  reasons <- answer("POST", "/v1/reasons", json_type,
                    sprintf("[%s]", paste(json_rows(data[1:40, ]), collapse = ",")))
  expect_identical(reasons$status, 200L)
  want <- lcrisk_reasons(model, loans[1:40])
  for (text in want[["text"]]) expect_match(reasons$body, text, fixed = TRUE)
  expect_identical(lengths(regmatches(reasons$body, gregexpr("\"text\":", reasons$body))),
                   nrow(want))
  prob <- exact_text(attr(want, "loans")[["prob"]])
  for (p in prob) expect_match(reasons$body, paste0("\"prob\":", p, ","), fixed = TRUE)
})

test_that("what is not given and what is no level is said", {
  answer <- lcrisk_service(serve_model())
  got <- score(answer, "[{\"income\":50,\"home\":\"BOAT\"},{\"home\":\"RENT\"}]")
  expect_match(got$body, "\"absent\":[\"joint\",\"noise\",\"purpose\",\"score\"]",
               fixed = TRUE)
  expect_match(got$body, "\"unseen\":[\"home\"]", fixed = TRUE)
})

test_that("every refusal is a problem with its status and code", {
  answer <- lcrisk_service(serve_model(), max_rows = 3, max_bytes = 5000)
  post <- function(body, type = "application/json", ...) {
    answer("POST", "/v1/score", c("content-type" = type, ...), body)
  }
  cases <- list(
    list(404L, "no_path", answer("GET", "/")),
    list(404L, "no_path", answer("GET", "/v1")),
    list(404L, "no_path", answer("GET", "/v1/score/..")),
    list(405L, "method", answer("GET", "/v1/score")),
    list(405L, "method", answer("DELETE", "/v1/model")),
    list(413L, "too_large", post(strrep(" ", 5001L))),
    list(413L, "too_large", post("{}", "content-length" = "1e9")),
    list(400L, "length", post("{}", "content-length" = "many")),
    list(411L, "length", answer("POST", "/v1/score", c("transfer-encoding" = "chunked"))),
    list(415L, "content_type", post("{}", "text/xml")),
    list(415L, "content_type", answer("POST", "/v1/score", character(), "{}")),
    list(415L, "content_type", post("{}", "application/json; charset=latin1")),
    list(415L, "content_type", post("{}", "content-encoding" = "gzip")),
    list(400L, "syntax", post("")),
    list(400L, "syntax", post("{\"income\":")),
    list(400L, "encoding", post(as.raw(c(0x22, 0xff, 0x22)))),
    list(400L, "nested", post(paste0("{\"income\":", strrep("[", 40L)))),
    list(400L, "nested", post("[{\"income\":[1]}]")),
    list(400L, "repeated_field", post("[{\"income\":1,\"income\":1}]")),
    list(422L, "unknown_field", post("[{\"incone\":1}]")),
    list(422L, "bad_value", post("[{\"income\":\"a lot\"}]")),
    list(422L, "bad_value", post("[{\"income\":1e999}]")),
    list(422L, "no_rows", post("[]")),
    list(413L, "too_many_rows", post("[{},{},{},{}]")),
    list(400L, "csv", post("income,home\n1\n", "text/csv")),
    list(400L, "not_rows", post("[1]", "application/x-ndjson"))
  )
  for (case in cases) {
    got <- case[[3L]]
    expect_identical(got$status, case[[1L]], info = case[[2L]])
    expect_identical(got$type, "application/problem+json")
    expect_identical(problem_code(got$body), case[[2L]])
    expect_match(got$body, sprintf("\"status\":%d", case[[1L]]), fixed = TRUE)
  }
  expect_match(post("[{},{\"income\":\"x\"}]")$body, "\"row\":2", fixed = TRUE)
  expect_identical(answer("GET", "/v1/score")$headers$Allow, "POST")
  expect_identical(
    problem_code(answer("POST", "/v1/reasons", json_type, "[{}]")$body), "no_reason_text"
  )
})

test_that("a failure inside is a 500 that says nothing of it", {
  service <- new_service(serve_model(), NULL, 10, 1000, Inf, NULL, FALSE, FALSE)
  said <- NULL
  service$log <- function(text) said <<- text
  service$scorer <- NULL
  got <- serve_handle(service, list(method = "POST", path = "/v1/score",
                                    headers = c("content-type" = "application/json"),
                                    body = charToRaw("{\"income\":1}")))
  expect_identical(got$status, 500L)
  expect_identical(problem_code(got$body), "internal")
  expect_false(grepl("ffi|scorer|closed|lcrisk", got$body))
  expect_type(said, "character")
})

test_that("noise is refused or scored, never a failure, and never shows the inside", {
  service <- new_service(serve_model(), NULL, 100, 2^20, Inf, NULL, FALSE, FALSE)
  service$log <- function(text) stop(text)
  rows <- json_rows(fields_of(4L))
  seeds <- list(charToRaw(sprintf("[%s]", paste(rows, collapse = ","))),
                charToRaw(json_columns(fields_of(4L))),
                charToRaw(csv_body(fields_of(4L))))
  types <- c("application/json", "application/x-ndjson", "text/csv")
  draw <- park_miller(20000L, 9)
  at <- 0L
  u <- function(n) {
    at <<- at + 1L
    1L + as.integer(draw[at %% 20000L + 1L] * n)
  }
  for (k in 1:1500) {
    body <- seeds[[u(3L)]]
    for (j in seq_len(u(4L))) {
      place <- u(length(body))
      body <- switch(u(4L), replace(body, place, as.raw(u(256L) - 1L)), body[-place],
                     append(body, as.raw(u(256L) - 1L), place),
                     c(body[seq_len(place)], body[seq(u(length(body)), length(body))]))
    }
    got <- serve_handle(service, list(method = "POST", path = "/v1/score",
                                      headers = c("content-type" = types[u(3L)]),
                                      body = body))
    expect_true(got$status %in% c(200L, 400L, 413L, 422L))
    expect_false(grepl("core/|ffi_|\\.c:|Error in|lcrisk:::", got$body))
  }
})

test_that("only a right key is let in, and keys are not kept", {
  key <- "0123456789abcdef0123456789abcdef"
  digest <- .Call(ffi_serve_digest, charToRaw(key))
  keys <- c(bank = digest, other = strrep("0", 64L))
  answer <- lcrisk_service(serve_model(), keys = keys)
  for (headers in list(character(), c("X-API-Key" = ""),
                       c("X-API-Key" = paste0(key, "0")), c("X-API-Key" = toupper(key)),
                       c("X-API-Key" = digest),
                       c(Authorization = paste("Basic", key)),
                       c(Authorization = "Bearer "))) {
    for (path in c("/v1/score", "/v1/reasons")) {
      got <- answer("POST", path, c(json_type, headers), "{\"income\":1}")
      expect_identical(got$status, 401L)
      expect_identical(got$headers[["WWW-Authenticate"]], "Bearer")
    }
    expect_identical(answer("GET", "/v1/model", headers)$status, 401L)
    expect_identical(answer("GET", "/metrics", headers)$status, 401L)
    expect_identical(answer("GET", "/health", headers)$status, 200L)
  }
  for (headers in list(c("X-API-Key" = key), c(Authorization = paste("Bearer", key)),
                       c(authorization = paste("bearer", key)))) {
    got <- answer("POST", "/v1/score", c(json_type, headers), "{\"income\":1}")
    expect_identical(got$status, 200L)
    expect_identical(answer("GET", "/v1/model", headers)$status, 200L)
  }
  service <- environment(answer)$service
  expect_false(any(grepl(key, unlist(lapply(as.list(service), function(x) {
    if (is.atomic(x)) as.character(x)
  })), fixed = TRUE)))
})

test_that("a key's requests are held to its rate", {
  digests <- vapply(c("a", "b"), function(k) .Call(ffi_serve_digest, charToRaw(k)), "")
  service <- new_service(serve_model(), digests, 10, 1000, 5, NULL, FALSE, FALSE)
  now <- 0
  service$clock <- function() now
  service$filled[] <- 0
  status <- function(key) {
    serve_handle(service, list(
      method = "POST", path = "/v1/score", body = charToRaw("{\"income\":1}"),
      headers = c("content-type" = "application/json", "x-api-key" = key)
    ))$status
  }
  seven <- vapply(1:7, function(i) status("a"), 0L)
  expect_identical(seven, rep(c(200L, 429L), c(5L, 2L)))
  expect_identical(status("b"), 200L)
  now <- 0.2
  expect_identical(c(status("a"), status("a")), c(200L, 429L))
})

test_that("the audit log has a record for each answer, chained, and shows a change", {
  log <- withr_tempfile(".jsonl", environment())
  model <- serve_model()
  answer <- lcrisk_service(model, audit = log)
  got <- score(answer, "{\"income\":40}", headers = c("X-Request-Id" = "first"))
  expect_identical(got$headers[["X-Request-Id"]], "first")
  score(answer, "nonsense")  # not scored, no record
  answer <- lcrisk_service(model, audit = log, audit_body = TRUE, audit_force = TRUE)
  body <- "[{\"income\":40,\"home\":\"caf\u00e9\"},{}]"
  score(answer, body)
  records <- lcrisk_service_log(log)
  expect_identical(records[["record"]], c(1, 2))
  expect_identical(records[["n"]], c(1, 2))
  expect_identical(records[["request"]][1L], "first")
  expect_identical(records[["model"]], rep(model$fingerprint, 2L))
  expect_lt(abs(as.numeric(Sys.time()) - as.numeric(records[["time"]][2L])), 600)
  expect_identical(records[["body_sha256"]][2L],
                   .Call(ffi_serve_digest, charToRaw(enc2utf8(body))))
  lines <- readLines(log, encoding = "UTF-8")
  expect_match(lines[2L], "caf\u00e9", fixed = TRUE)
  expect_match(lines[1L], sprintf("\"prob\":[%s]", answered_prob(got$body)), fixed = TRUE)

  for (changed in list(sub("\"n\":1", "\"n\":2", lines), lines[2L], rev(lines),
                       lines[c(1L, 1L, 2L)], c(lines, "x"),
                       sub("\"previous\":\"0", "\"previous\":\"1", lines))) {
    writeLines(enc2utf8(changed), log, useBytes = TRUE)
    error <- expect_error(lcrisk_service_log(log), class = "lcrisk_error_parse")
    expect_identical(error$code, "broken_chain")
    expect_error(lcrisk_service(model, audit = log), class = "lcrisk_error_parse")
  }
})

test_that("without a record there is no answer", {
  folder <- tempfile()
  dir.create(folder)
  answer <- lcrisk_service(serve_model(), audit = file.path(folder, "log"))
  expect_identical(score(answer, "{\"income\":40}")$status, 200L)
  unlink(folder, recursive = TRUE)
  got <- score(answer, "{\"income\":40}")
  expect_identical(got$status, 503L)
  expect_false(grepl("prob\"", got$body))
})

test_that("the card, the contract and the counters are what they say", {
  skip_if_not_installed("jsonlite")
  model <- serve_model()
  answer <- lcrisk_service(model)
  card <- jsonlite::fromJSON(answer("GET", "/v1/model")$body, simplifyVector = FALSE)
  expect_identical(card$model, model$fingerprint)
  names <- vapply(card$fields, `[[`, "", "name")
  expect_identical(names, c("home", "income", "joint", "noise", "purpose", "score"))
  expect_identical(unlist(card$fields[[1L]]$levels), model$blueprint$levels$home)
  api <- jsonlite::fromJSON(answer("GET", "/openapi.json")$body, simplifyVector = FALSE)
  expect_identical(api$openapi, "3.1.0")
  expect_setequal(names(api$paths), names(service_routes))
  expect_identical(names(api$components$schemas$Loan$properties), names)
  expect_false(api$components$schemas$Loan$additionalProperties)
  refs <- regmatches(answer("GET", "/openapi.json")$body,
                     gregexpr("#/components/schemas/\\w+",
                              answer("GET", "/openapi.json")$body))[[1L]]
  expect_true(all(basename(refs) %in% names(api$components$schemas)))

  score(answer, "[{},{}]")
  score(answer, "x")
  metrics <- answer("GET", "/metrics")$body
  expect_match(metrics, "lcrisk_requests_total{path=\"/v1/score\",status=\"200\"} 1\n",
               fixed = TRUE)
  expect_match(metrics, "lcrisk_requests_total{path=\"/v1/score\",status=\"400\"} 1\n",
               fixed = TRUE)
  expect_match(metrics, "lcrisk_rows_total 2\n", fixed = TRUE)
  expect_match(metrics, "lcrisk_request_seconds_bucket{le=\"+Inf\"} 6\n", fixed = TRUE)
})

test_that("JSON texts are escaped and numbers exact", {
  expect_identical(json_text(list(a = 1L, b = I("x"), c = NULL, d = list())),
                   "{\"a\":1,\"b\":[\"x\"],\"c\":null,\"d\":[]}")
  expect_identical(json_text("q\"\\\n\u00e9\u0001"), "\"q\\\"\\\\\\u000a\u00e9\\u0001\"")
  expect_identical(json_text(c(0.1, NA, Inf, 1 / 3)),
                   "[0.1,null,null,0.33333333333333331]")
  expect_identical(json_text(c(TRUE, NA)), "[true,null]")
})

test_that("wrong arguments are refused, and a wrong key is never shown", {
  model <- serve_model()
  expect_cases(list(
    case("V1", "no model", lcrisk_service(1), "error model bad_model"),
    case("V2", "no file", lcrisk_service("no such file"), "error io"),
    case("V3", "keys", lcrisk_service(model, keys = "secret"), "error input bad_keys"),
    case("V4", "keys", lcrisk_service(model, keys = c(a = "x")), "error input bad_keys"),
    case("V5", "rows", lcrisk_service(model, max_rows = 0), "error input bad_argument"),
    case("V6", "rate", lcrisk_service(model, rate = 0), "error input bad_argument"),
    case("V7", "audit", lcrisk_service(model, audit = 1), "error input bad_argument"),
    case("V8", "host", lcrisk_serve(model, host = "0.0.0.0"), "error input no_keys"),
    case("V9", "port", lcrisk_serve(model, port = 0), "error input bad_argument"),
    case("V10", "server", lcrisk_serve(model, server = "apache"),
         "error input bad_choice"),
    case("V11", "log", lcrisk_service_log("no such file"), "error io")
  ))
  error <- tryCatch(lcrisk_service(model, keys = c(a = "hunter2")), error = identity)
  expect_false(grepl("hunter2", conditionMessage(error)))
})

test_that("over a socket the answers are the same, and odd requests do no harm", {
  model <- serve_model()
  port <- local_serve(model, max_bytes = 100000)
  data <- fields_of(50L)
  got <- http_post(port, "/v1/score", json_columns(data))
  expect_identical(got$status, 200L)
  expect_identical(answered_prob(got$body), exact_text(predict(model, data)))
  expect_match(got$head, "X-Content-Type-Options: nosniff", fixed = TRUE)
  expect_identical(http_post(port, "/v1/score", "{")$status, 400L)
  odd <- list(
    "GET /", "\r\n\r\n", "POST /v1/score HTTP/1.1\r\nContent-Length: 99999999\r\n\r\n{",
    "POST /v1/score HTTP/1.1\r\nHost: x\r\nContent-Length: -1\r\n\r\n",
    paste0("GET /", strrep("a", 100000L), " HTTP/1.0\r\n\r\n"),
    as.raw(c(0:255, 13, 10, 13, 10))
  )
  for (text in odd) {
    got <- http_send(port, text, 2)
    if (!is.null(got)) expect_true(got$status < 500L)
  }
  expect_identical(http_send(port, "GET /health HTTP/1.0\r\n\r\n")$status, 200L)
})

test_that("workers answer on ports of their own, and end with the one that began them", {
  model <- serve_model()
  log <- withr_tempfile(".jsonl", environment())
  ports <- with_workers(model, log, function(port) {
    for (k in 1:100) {
      second <- http_send(port + 1L, "GET /health HTTP/1.0\r\n\r\n", 5)
      if (!is.null(second)) break
      Sys.sleep(0.1)
    }
    for (each in port + 0:1) {
      got <- http_post(each, "/v1/score", "{\"income\":40}")
      expect_identical(got$status, 200L)
    }
    port + 0:1
  })
  for (k in 1:2) {
    file <- sub(".jsonl", sprintf("-%d.jsonl", k), log, fixed = TRUE)
    expect_identical(nrow(lcrisk_service_log(file)), 1L)
    unlink(file)
  }
  for (port in ports) {
    expect_null(http_send(port, "GET /health HTTP/1.0\r\n\r\n", 2))
  }
})

test_that("workers start without a file for the record", {
  port <- local_serve(serve_model(), workers = 2L)
  got <- http_post(port, "/v1/score", "{\"income\":40}")
  expect_identical(got$status, 200L)
})
