# The first Python that has what the peers need, LCRISK_PYTHON before all: the
# distribution's own may not be the first one on the path
find_python <- function() {
  candidates <- unique(c(Sys.getenv("LCRISK_PYTHON"), "/usr/bin/python3",
                         Sys.which("python3")))
  for (python in candidates[file.exists(candidates)]) {
    status <- suppressWarnings(system2(python, c("-c", shQuote("import numpy, sklearn")),
                                       stdout = FALSE, stderr = FALSE))
    if (status == 0L) return(python)
  }
  NULL
}

# Peers in Python, in a process of their own that keeps the data and trains when told.
python_peers <- function(matrix, test, y, levels, threads) {
  python <- find_python()
  if (is.null(python)) return(NULL)
  path <- tempfile()
  file <- file(path, "wb")
  writeBin(as.vector(matrix), file)
  writeBin(as.vector(test), file)
  writeBin(as.integer(y), file)
  close(file)
  port <- 20000L + Sys.getpid() %% 20000L
  system2(python, c(
    "bench/lib/peers.py", port, path, dim(matrix), nrow(test), threads,
    shQuote(paste(levels - 1L, collapse = ","))
  ), wait = FALSE)
  server <- tryCatch(
    socketConnection(port = port, server = TRUE, blocking = TRUE, open = "r+",
                     timeout = 600),
    error = function(error) NULL
  )
  if (is.null(server)) return(NULL)
  ask <- function(...) {
    writeLines(paste(...), server)
    answer <- readLines(server, 1L)
    if (!length(answer)) stop("the peers' process ended")
    answer
  }
  list(
    version = function(module) ask("version", module),
    open = function(...) ask("open", ...),
    train = function(name) as.numeric(strsplit(ask("train", name), " ")[[1L]]),
    explain = function(name) as.numeric(strsplit(ask("explain", name), " ")[[1L]]),
    predict = function(name) {
      out <- tempfile()
      ask("predict", name, out)
      readBin(out, "double", nrow(test))
    },
    close = function() {
      close(server)
      unlink(path)
    }
  )
}
