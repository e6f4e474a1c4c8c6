# Bodies of requests whose numbers read back as they are, to the last bit
body_value <- function(x) {
  if (is.logical(x)) x <- tolower(as.character(x)) else if (!is.numeric(x)) {
    x <- paste0("\"", gsub("(\"|\\\\)", "\\\\\\1", as.character(x)), "\"")
    x[x == "\"NA\""] <- NA
  } else {
    x <- ifelse(is.na(x), NA, sprintf("%.17g", x))
  }
  ifelse(is.na(x), "null", x)
}

json_rows <- function(data) {
  cells <- lapply(names(data), function(name) {
    paste0("\"", name, "\":", body_value(data[[name]]))
  })
  sprintf("{%s}", do.call(paste, c(cells, sep = ",")))
}

json_columns <- function(data) {
  columns <- vapply(names(data), function(name) {
    sprintf("\"%s\":[%s]", name, paste(body_value(data[[name]]), collapse = ","))
  }, "")
  sprintf("{%s}", paste(columns, collapse = ","))
}

csv_body <- function(data) {
  cells <- lapply(data, function(x) sub("^null$", "", body_value(x)))
  paste(c(paste(names(data), collapse = ","), do.call(paste, c(cells, sep = ","))),
        collapse = "\n")
}

json_type <- c("Content-Type" = "application/json")

# The probabilities of an answer, as text: 17 digits tell every double from the others
answered_prob <- function(body) {
  inside <- sub("^.*\"prob\":\\[([^]]*)\\].*$", "\\1", body)
  strsplit(inside, ",", fixed = TRUE)[[1L]]
}

exact_text <- function(x) sprintf("%.17g", x)

problem_code <- function(body) sub("^.*\"code\":\"([^\"]*)\".*$", "\\1", body)

# A small client over a socket, which can also say things that no client would: the
# answer's status, head and body, or NULL when there was none. It polls: where another
# package waits for events in this process, R's own time limit of a socket never ends.
http_send <- function(port, text, seconds = 20) {
  connection <- tryCatch(
    suppressWarnings(socketConnection("127.0.0.1", port, open = "r+b", blocking = FALSE,
                                      timeout = seconds)),
    error = function(e) NULL
  )
  if (is.null(connection)) return(NULL)
  on.exit(close(connection))
  if (is.character(text)) text <- charToRaw(text)
  end <- proc.time()[[3L]] + seconds
  tryCatch(writeBin(text, connection), error = function(e) NULL)
  got <- raw()
  while (!http_whole(got) && proc.time()[[3L]] < end) {
    part <- tryCatch(suppressWarnings(readBin(connection, "raw", 65536L)),
                     error = function(e) NULL)
    if (is.null(part)) break
    if (!length(part)) Sys.sleep(0.002)
    got <- c(got, part)
  }
  http_parse(got)
}

# Is the answer there, its body as long as its head says?
http_whole <- function(got) {
  answer <- http_parse(got)
  if (is.null(answer)) return(FALSE)
  size <- regmatches(answer$head, regexpr("(?i)(?<=content-length: )[0-9]+", answer$head,
                                          perl = TRUE))
  !length(size) || nchar(answer$body, "bytes") >= as.numeric(size)
}

http_parse <- function(got) {
  cut <- grepRaw("\r\n\r\n", got, fixed = TRUE)
  if (!length(cut)) return(NULL)
  head <- rawToChar(got[seq_len(cut - 1L)])
  body <- rawToChar(got[-seq_len(cut + 3L)])
  list(status = as.integer(substr(head, 10L, 12L)), head = head, body = body)
}

http_post <- function(port, path, body, headers = json_type) {
  head <- c(sprintf("POST %s HTTP/1.0", path), "Host: x",
            sprintf("%s: %s", names(headers), headers),
            sprintf("Content-Length: %d", nchar(body, "bytes")))
  http_send(port, paste0(paste(head, collapse = "\r\n"), "\r\n\r\n", body))
}

# A service in a process of its own; gives the port when it answers
local_serve <- function(model, ..., env = parent.frame()) {
  testthat::skip_if_not_installed("httpuv")
  testthat::skip_on_os("windows")
  port <- 20000L + Sys.getpid() %% 20000L
  files <- tempfile(c("model", "pid", "code", "log"))
  lcrisk_save(model, files[1L])
  options <- vapply(list(...), function(x) paste(deparse(x), collapse = ""), "")
  arguments <- paste(c(deparse(files[1L]), sprintf("port = %d", port),
                       sprintf("%s = %s", names(options), options)), collapse = ", ")
  writeLines(c(
    sprintf("library(lcrisk, lib.loc = %s)", deparse(dirname(find.package("lcrisk")))),
    sprintf("writeLines(as.character(Sys.getpid()), %s)", deparse(files[2L])),
    sprintf("lcrisk_serve(%s)", arguments)
  ), files[3L])
  system2(file.path(R.home("bin"), "Rscript"), c("--vanilla", shQuote(files[3L])),
          wait = FALSE, stdout = files[4L], stderr = files[4L])
  do.call(on.exit, list(substitute({
    pid <- tryCatch(as.integer(readLines(file)), error = function(e) NULL)
    if (length(pid)) tools::pskill(pid, tools::SIGINT)
    Sys.sleep(1)
    if (length(pid)) tools::pskill(pid, tools::SIGKILL)
  }, list(file = files[2L])), TRUE), envir = env)
  for (wait in 1:600) {
    got <- http_send(port, "GET /health HTTP/1.0\r\n\r\n", 5)
    if (!is.null(got) && got$status == 200L) return(port)
    Sys.sleep(0.1)
  }
  stop("the service did not start: ", paste(readLines(files[4L]), collapse = "\n"))
}

with_workers <- function(model, log, f) {
  f(local_serve(model, workers = 2L, audit = log))
}
