# A PostgreSQL server of the tests' own: in a folder that goes away, reachable by a socket
# only, run by an ordinary user, since it refuses to be root's. Skips without one.
#
#   server <- local_postgres()
#   postgres_load(server, "loans", data)         a data frame as a table
#   postgres_query(server, sql)                  its answer as a data.table

postgres_program <- function(name) {
  folders <- c(strsplit(Sys.getenv("PATH"), ":")[[1L]],
               rev(Sys.glob("/usr/lib/postgresql/*/bin")))
  path <- file.path(folders, name)
  path <- path[file.exists(path)]
  # wrappers of distributions look for clusters of their own
  path <- path[!startsWith(normalizePath(path, mustWork = FALSE), "/usr/share")]
  if (!length(path)) testthat::skip(sprintf("PostgreSQL's %s is not installed", name))
  path[[1L]]
}

# A command as a user that PostgreSQL accepts
as_nobody <- function(command, ...) {
  words <- shQuote(c(command, ...))
  if (Sys.info()[["effective_user"]] != "root") {
    return(suppressWarnings(system2(words[1L], words[-1L], stdout = TRUE, stderr = TRUE)))
  }
  suppressWarnings(system2("setpriv", c("--reuid", "65534", "--regid", "65534",
                                        "--clear-groups", words),
                           stdout = TRUE, stderr = TRUE))
}

local_postgres <- function(env = parent.frame()) {
  testthat::skip_on_os(c("windows", "mac"))
  initdb <- postgres_program("initdb")
  control <- postgres_program("pg_ctl")
  client <- postgres_program("psql")
  folder <- tempfile("pg", "/tmp")  # a socket's path must be short
  dir.create(folder, mode = "0777")
  Sys.chmod(folder, "0777", use_umask = FALSE)
  data <- file.path(folder, "data")
  said <- as_nobody(initdb, "-D", data, "-A", "trust", "-U", "lcrisk", "-E", "UTF8",
                    "--locale=C", "--no-sync")
  if (!is.null(attr(said, "status"))) {
    unlink(folder, recursive = TRUE)
    testthat::skip(paste("initdb:", paste(utils::tail(said, 2L), collapse = " ")))
  }
  options <- sprintf("-k %s -c listen_addresses='' -c fsync=off -c jit=off", folder)
  as_nobody(control, "-D", data, "-o", options, "-l", file.path(folder, "log"), "-w",
            "start")
  do.call(on.exit, list(substitute({
    as_nobody(control, "-D", data, "-m", "immediate", "-w", "stop")
    unlink(folder, recursive = TRUE)
  }, list(control = control, data = data, folder = folder, as_nobody = as_nobody)),
  TRUE), envir = env)
  server <- list(psql = client, folder = folder)
  if (!identical(postgres_run(server, "SELECT 1"), "1")) {
    testthat::skip("PostgreSQL did not start")
  }
  server
}

# What a statement prints, as csv without a header; an error stops
postgres_run <- function(server, sql, ...) {
  file <- tempfile(fileext = ".sql")
  on.exit(unlink(file))
  writeLines(enc2utf8(c("SET client_min_messages = error;", sql)), file, useBytes = TRUE)
  out <- suppressWarnings(system2(
    server$psql, c("-X", "-q", "-v", "ON_ERROR_STOP=1", "-h", server$folder, "-U",
                   "lcrisk", "-d", "postgres", "--csv", ..., "-f", file),
    stdout = TRUE, stderr = TRUE
  ))
  if (!is.null(attr(out, "status"))) stop(paste(utils::tail(out, 5L), collapse = "\n"))
  if (length(list(...))) out else out[-1L]
}

postgres_load <- function(server, table, data) {
  type <- vapply(data, function(x) {
    if (inherits(x, "Date")) "date" else if (is.logical(x)) "boolean" else
      if (is.integer(x) && !is.factor(x)) "integer" else
        if (is.double(x)) "float8" else "text"
  }, "")
  csv <- tempfile(fileext = ".csv")
  on.exit(unlink(csv))
  data <- as.list(data)
  data[] <- lapply(data, function(x) {
    text <- if (is.double(x) && !inherits(x, "Date")) sprintf("%.17g", x) else
      as.character(x)
    text <- sub("^(-?)Inf$", "\\1Infinity", text)
    ifelse(is.na(x), NA, text)
  })
  data.table::fwrite(data, csv, quote = TRUE, na = "", qmethod = "double")
  name <- function(x) paste0("\"", gsub("\"", "\"\"", x, fixed = TRUE), "\"")
  create <- sprintf("CREATE TABLE %s (%s);", name(table),
                    paste(name(names(data)), type, collapse = ", "))
  copy <- sprintf("\\copy %s FROM '%s' CSV HEADER NULL ''", name(table), csv)
  postgres_run(server, c(create, copy), "-t")
}

postgres_query <- function(server, sql) {
  text <- postgres_run(server, unclass(sql), "-P", "footer=off")
  columns <- utils::read.csv(text = text, colClasses = "character", check.names = FALSE)
  data.table::as.data.table(lapply(columns, function(x) {
    as.numeric(ifelse(x == "", NA, x))
  }))
}
