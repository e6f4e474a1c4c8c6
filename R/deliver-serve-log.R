# The audit log of a service: one line of JSON for each answered request, written before
# the answer goes out, each line carrying the hash of the one before it.

audit_start <- paste(rep("0", 64L), collapse = "")

# Continues the log that is there, after checking it
open_audit <- function(path, body, force) {
  audit <- list(path = path, body = body, force = force, n = 0, last = audit_start)
  if (is.null(path) || !file.exists(path)) return(audit)
  log <- read_audit(path, rlang::caller_env())
  audit$n <- nrow(log)
  if (nrow(log)) audit$last <- log[["hash"]][nrow(log)]
  audit
}

# NULL, or the refusal of a request whose record cannot be kept: no answer without one
write_audit <- function(service, request, n_rows, prob) {
  audit <- service$audit
  if (is.null(audit$path)) return(NULL)
  body <- if (audit$body) {
    paste0(",\"body\":\"", .Call(ffi_serve_escape, request$body), "\"")
  }
  text <- paste0(
    "{\"record\":", sprintf("%.0f", audit$n + 1), ",\"time\":\"", service$now(),
    "\",\"request\":\"", request$id, "\",\"key\":", json_quote(request$key),
    ",\"path\":\"", request$path, "\",", service$identity, ",\"n\":", n_rows,
    ",\"body_sha256\":\"", .Call(ffi_serve_digest, request$body), "\"", body,
    ",\"prob\":[", prob, "],\"previous\":\"", audit$last, "\""
  )
  hash <- .Call(ffi_serve_digest, charToRaw(text))
  line <- charToRaw(paste0(text, ",\"hash\":\"", hash, "\"}\n"))
  kept <- tryCatch({
    .Call(ffi_serve_append, audit$path, line, audit$force)
    TRUE
  }, lcrisk_error_io = function(e) FALSE)
  if (!kept) return(problem(503L, "audit", "The record of this request cannot be kept."))
  service$audit$n <- audit$n + 1
  service$audit$last <- hash
  NULL
}

#' Read and check the audit log of a service
#'
#' Every record of [lcrisk_serve()]'s audit log carries the hash of the record before it,
#' so that a record that was changed, removed or put in is found.
#'
#' @param path Name of the log file.
#' @param ... Nothing else: an unknown argument is an error.
#' @return A data.table with a row for each record: `record` (its number, from 1), `time`
#'   (POSIXct, UTC), `request`, `key` (name of the API key), `path`, `model`
#'   (fingerprint), `n` (loans), `body_sha256`, `hash`. The order is that of the file.
#' @details A record's hash is the SHA-256 of its line up to `,"hash"`, and so covers
#'   `previous`, the hash of the record before it. The last records of a log could be cut
#'   off without a trace in the log itself: keep the last `hash` somewhere else from time
#'   to time.
#' @section Errors: `lcrisk_error_parse` with `code` `broken_chain` and the line from
#'   which on the log is not what was written; `lcrisk_error_io` when it cannot be read.
#' @family deliver
#' @examples
#' set.seed(1)
#' data <- data.frame(income = runif(300, 20, 90))
#' data$default <- runif(300) < plogis(2 - 0.06 * data$income)
#' model <- lcrisk_train(default ~ income, data, learner = "logit", seed = 1)
#' log <- tempfile(fileext = ".jsonl")
#' answer <- lcrisk_service(model, audit = log)
#' answer("POST", "/v1/score", c("content-type" = "application/json"), "{\"income\": 40}")
#' lcrisk_service_log(log)
#' @export
lcrisk_service_log <- function(path, ...) {
  check_call(...)
  check_path(path)
  read_audit(path, rlang::current_env())
}

read_audit <- function(path, call) {
  lines <- tryCatch(readLines(path, warn = FALSE, encoding = "UTF-8"),
                    error = function(e) NULL, warning = function(w) NULL)
  if (is.null(lines)) {
    lcrisk_abort("io", "cannot_read", "The log cannot be read.", arg = "path",
                 call = call)
  }
  form <- paste0("^\\{\"record\":([0-9]+),\"time\":\"([^\"]*)\",",
                 "\"request\":\"([^\"]*)\",\"key\":\"((?:[^\"\\\\]|\\\\.)*)\",",
                 "\"path\":\"([^\"]*)\",\"model\":\"([^\"]*)\".*?,\"n\":([0-9]+),",
                 "\"body_sha256\":\"([0-9a-f]{64})\".*",
                 "\"previous\":\"([0-9a-f]{64})\",\"hash\":\"([0-9a-f]{64})\"\\}$")
  parts <- regmatches(lines, regexec(form, lines, perl = TRUE))
  previous <- audit_start
  for (i in seq_along(lines)) {
    text <- substr(lines[i], 1L, nchar(lines[i]) - 75L)  # without ,"hash":"..."}
    good <- length(parts[[i]]) == 11L && parts[[i]][2L] == as.character(i) &&
      parts[[i]][10L] == previous &&
      parts[[i]][11L] == .Call(ffi_serve_digest, charToRaw(text))
    if (!good) {
      lcrisk_abort("parse", "broken_chain",
                   sprintf("From line %d on the log is not as it was written.", i),
                   cure = "Keep it as evidence, and begin a new one.", line = i,
                   arg = "path", call = call)
    }
    previous <- parts[[i]][11L]
  }
  part <- function(k) vapply(parts, `[`, "", k)
  setDT(list(
    record = as.double(part(2L)),
    time = as.POSIXct(part(3L), "UTC", format = "%Y-%m-%dT%H:%M:%OSZ"),
    request = part(4L), key = part(5L), path = part(6L), model = part(7L),
    n = as.double(part(8L)), body_sha256 = part(9L), hash = part(11L)
  ))[]
}
