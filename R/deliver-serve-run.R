# Sockets: the service on httpuv, behind plumber, and in several processes.

# The parts of a request that the service looks at
rook_request <- function(req, body) {
  headers <- c(
    "authorization" = req$HTTP_AUTHORIZATION, "x-api-key" = req$HTTP_X_API_KEY,
    "content-type" = req$HTTP_CONTENT_TYPE, "content-length" = req$HTTP_CONTENT_LENGTH,
    "content-encoding" = req$HTTP_CONTENT_ENCODING,
    "transfer-encoding" = req$HTTP_TRANSFER_ENCODING,
    "x-request-id" = req$HTTP_X_REQUEST_ID
  )
  list(method = req$REQUEST_METHOD, path = req$PATH_INFO, headers = headers, body = body)
}

# The service's own headers keep browsers from guessing, framing and keeping answers
rook_response <- function(response) {
  headers <- c(list(
    "Content-Type" = response$type, "Cache-Control" = "no-store",
    "X-Content-Type-Options" = "nosniff"
  ), response$headers)
  list(status = response$status, headers = headers, body = response$body)
}

httpuv_app <- function(service) {
  list(
    onHeaders = function(req) {
      guarded(service, {
        refused <- serve_head(service, rook_request(req, raw()))
        if (!is.null(refused)) rook_response(refused)
      })
    },
    call = function(req) {
      guarded(service, {
        body <- if (req$REQUEST_METHOD == "POST") req$rook.input$read() else raw()
        rook_response(serve_handle(service, rook_request(req, body)))
      })
    }
  )
}

# Nothing of R's own goes out, whatever fails: httpuv would send the message.
guarded <- function(service, response) {
  tryCatch(response, error = function(e) {
    service$log(conditionMessage(e))
    rook_response(problem(500L, "internal", "The service could not answer."))
  })
}

# One route for all paths; no parser of plumber's sees a body
plumber_api <- function(service) {
  api <- plumber::pr()
  handle <- function(req, res) {
    body <- if (is.null(req$bodyRaw)) raw() else req$bodyRaw
    done <- rook_response(serve_handle(service, rook_request(req, body)))
    res$status <- done$status
    for (name in names(done$headers)) res$setHeader(name, done$headers[[name]])
    res$body <- done$body
    res
  }
  api <- plumber::pr_set_docs(api, FALSE)
  api <- plumber::pr_set_404(api, function(req, res) handle(req, res))
  for (path in names(service_routes)) {
    api <- plumber::pr_handle(api, service_routes[[path]]$methods, path, handle,
                              parsers = "none")
  }
  api
}

run_server <- function(service, host, port, server) {
  if (server == "plumber") {
    plumber::pr_run(plumber_api(service), host = host, port = port, quiet = TRUE)
  } else {
    httpuv::runServer(host, port, httpuv_app(service))
  }
  invisible()
}

# ---- several processes ---------------------------------------------------------------

# Starts the workers and looks after them until interrupted. What they need lies in a
# folder of this process that nobody else may read.
run_workers <- function(model, options, host, port, workers, server) {
  folder <- tempfile("serve")
  dir.create(folder, mode = "0700")
  on.exit(unlink(folder, recursive = TRUE))
  lcrisk_save(model, file.path(folder, "model"))
  files <- file.path(folder, paste0("worker", seq_len(workers), ".rds"))
  for (k in seq_len(workers)) {
    own <- options
    own["audit"] <- list(worker_file(options$audit, k))  # NULL stays an argument
    saveRDS(list(model = file.path(folder, "model"), options = own, host = host,
                 port = port + k - 1L, server = server, pid = paste0(files[k], ".pid"),
                 library = dirname(find.package("lcrisk"))), files[k])
  }
  on.exit(for (file in files) stop_worker(file), add = TRUE, after = FALSE)
  for (file in files) start_worker(file)
  failures <- integer(workers)
  repeat {
    Sys.sleep(1)
    for (k in seq_len(workers)) {
      failures[k] <- if (answers_health(host, port + k - 1L)) 0L else failures[k] + 1L
      if (failures[k] < 10L) next  # loading a model takes its time
      stop_worker(files[k])
      start_worker(files[k])
      failures[k] <- 0L
    }
  }
}

# audit.jsonl is audit-2.jsonl for the second worker
worker_file <- function(path, k) {
  if (is.null(path)) return(NULL)
  path <- path.expand(path)
  sub("(\\.[A-Za-z0-9]*)?$", sprintf("-%d\\1", k), path)
}

start_worker <- function(file) {
  unlink(paste0(file, ".pid"))
  code <- sprintf("lcrisk:::run_worker(readRDS(%s))", deparse(file))
  library <- sprintf("library(lcrisk, lib.loc = %s)",
                     deparse(dirname(find.package("lcrisk"))))
  system2(file.path(R.home("bin"), "Rscript"),
          c("--vanilla", "-e", shQuote(library), "-e", shQuote(code)), wait = FALSE)
}

run_worker <- function(plan) {
  writeLines(as.character(Sys.getpid()), plan$pid)
  service <- do.call(new_service, c(list(plan$model), plan$options))
  run_server(service, plan$host, plan$port, plan$server)
}

stop_worker <- function(file) {
  file <- paste0(file, ".pid")
  if (!file.exists(file)) return(invisible())
  tools::pskill(as.integer(readLines(file)), tools::SIGKILL)
}

# Whether a worker is there and answers within five seconds
answers_health <- function(host, port) {
  connection <- tryCatch(suppressWarnings(
    socketConnection(host, port, open = "r+", blocking = TRUE, timeout = 5)
  ), error = function(e) NULL)
  if (is.null(connection)) return(FALSE)
  on.exit(close(connection))
  said <- tryCatch(suppressWarnings({
    writeLines("GET /health HTTP/1.0\r\n\r", connection)
    readLines(connection, 1L)
  }), error = function(e) "")
  grepl("^HTTP/1.. 200", paste(said, collapse = ""))
}
