# A PostgreSQL server of the tests' own: in a new folder, reached by a socket only, run by
# an ordinary user where the tests are root's, whom it refuses. The first test that asks
# starts it; it ends with this process, however that ends.
#
#   server <- local_postgres()                   an empty database in it, dropped when the
#                                                calling test ends; skips without a server
#   postgres_load(server, "loans", data)         a data frame as a table
#   postgres_query(server, sql)                  its answer as a data.table
#   con <- postgres_connection(server)           a DBI connection, closed with the test
#   postgres_code(server)                        R code for a child that makes `con`

local_postgres <- function(env = parent.frame()) {
  server <- postgres_server()
  started$databases <- started$databases + 1L
  server$database <- sprintf("test%d", started$databases)
  control <- utils::modifyList(server, list(database = "postgres"))
  postgres_run(control, sprintf("CREATE DATABASE %s;", server$database), "-t")
  cleanup <- substitute(postgres_run(control, sql, "-t"), list(
    control = control, sql = sprintf("DROP DATABASE %s WITH (FORCE);", server$database)
  ))
  do.call(on.exit, list(cleanup, add = TRUE), envir = env)
  server
}

postgres_connection <- function(server = local_postgres(env), env = parent.frame()) {
  client <- postgres_client()
  if (!nzchar(client)) testthat::skip("neither RPostgres nor RPostgreSQL is installed")
  driver <- getExportedValue(client, postgres_driver[[client]])
  con <- DBI::dbConnect(driver(), host = server$folder, port = server$port,
                        user = "lcrisk", dbname = server$database)
  cleanup <- substitute(DBI::dbDisconnect(con), list(con = con))
  # before the database is dropped
  do.call(on.exit, list(cleanup, add = TRUE, after = FALSE), envir = env)
  con
}

postgres_code <- function(server) {
  client <- postgres_client()
  c(
    sprintf("suppressMessages(library(%s))", client),
    sprintf("con <- DBI::dbConnect(%s(), host = %s, port = %dL, user = \"lcrisk\",",
            postgres_driver[[client]], deparse(server$folder), server$port),
    sprintf("                      dbname = %s)", deparse(server$database))
  )
}

# The better one first; Debian has only the other
postgres_driver <- c(RPostgres = "Postgres", RPostgreSQL = "PostgreSQL")

postgres_client <- function() {
  for (client in names(postgres_driver)) {
    if (requireNamespace(client, quietly = TRUE)) return(client)
  }
  ""
}

# What a statement prints, as csv without a header; an error stops
postgres_run <- function(server, sql, ...) {
  file <- tempfile(fileext = ".sql")
  on.exit(unlink(file))
  writeLines(enc2utf8(c("SET client_min_messages = error;", sql)), file, useBytes = TRUE)
  out <- suppressWarnings(system2(
    server$psql, c("-X", "-q", "-v", "ON_ERROR_STOP=1", "-h", server$folder, "-U",
                   "lcrisk", "-d", server$database, "--csv", ..., "-f", file),
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

# ---- the server ----

started <- new.env()
started$databases <- 0L

postgres_server <- function() {
  if (is.null(started$server)) started$server <- start_postgres()
  if (is.character(started$server)) testthat::skip(started$server)
  started$server
}

# The server, or why there is none
start_postgres <- function() {
  if (.Platform$OS.type != "unix") return("PostgreSQL is tested on Unix only")
  programs <- postgres_programs()
  if (is.null(programs)) return("PostgreSQL's server is not installed")

  # not in tempdir(), which other users may not enter
  folder <- tempfile("lcrisk-postgres-", tmpdir = dirname(tempdir()))
  dir.create(folder, mode = "0700")
  user <- server_user()
  if (nzchar(user)) system2("chown", c(user, shQuote(folder)))
  server <- list(folder = folder, port = 5432L, psql = file.path(programs, "psql"))
  data <- file.path(folder, "data")
  initdb <- as_user(user, c(file.path(programs, "initdb"), "-D", data, "-U", "lcrisk",
                            "-A", "trust", "-E", "UTF8", "--locale=C", "--no-sync"))
  pg_ctl <- c(file.path(programs, "pg_ctl"), "-D", data)
  options <- sprintf("-k %s -p %d -c listen_addresses='' -c jit=off", folder, server$port)
  start <- as_user(user, c(pg_ctl, "-w", "-t", "60", "-l",
                           file.path(folder, "server.log"), "-o", options, "start"))
  if (in_folder(folder, initdb) != 0L || in_folder(folder, start) != 0L) {
    unlink(folder, recursive = TRUE)
    return("PostgreSQL's server does not start here")
  }
  end_with_us(as_user(user, c(pg_ctl, "-m", "immediate", "stop")), folder)
  server
}

# The folder of initdb, pg_ctl and psql, which Debian keeps out of the PATH
postgres_programs <- function() {
  folders <- c(dirname(Sys.which("initdb")),
               rev(sort(Sys.glob("/usr/lib/postgresql/*/bin"))),
               "/usr/pgsql/bin", "/opt/homebrew/bin")
  has_all <- vapply(folders, function(folder) {
    nzchar(folder) && all(file.exists(file.path(folder, c("initdb", "pg_ctl", "psql"))))
  }, NA)
  if (any(has_all)) folders[which(has_all)[1L]]
}

# Nobody in particular when the tests are run by root; "" stays who we are
server_user <- function() {
  if (Sys.info()[["effective_user"]] != "root") return("")
  users <- c("postgres", "nobody")
  known <- vapply(users, function(u) {
    system2("id", u, stdout = FALSE, stderr = FALSE) == 0L
  }, NA)
  users[known][1L]
}

# A command line that runs these words as that user
as_user <- function(user, words) {
  words <- vapply(words, shQuote, "")
  paste(c(if (nzchar(user)) c("runuser", "-u", user, "--"), words), collapse = " ")
}

# The status of a shell script run in `folder`, which prints nothing
in_folder <- function(folder, script, wait = TRUE) {
  script <- sprintf("cd %s && %s", shQuote(folder), script)
  system2("sh", c("-c", shQuote(script)), stdin = nullfile(), stdout = FALSE,
          stderr = FALSE, wait = wait)
}

# A watch that stops the server and clears the folder once this process is gone
end_with_us <- function(stop_server, folder) {
  watch <- sprintf("while kill -0 %d 2>/dev/null; do sleep 1; done; %s; rm -rf %s",
                   Sys.getpid(), stop_server, shQuote(folder))
  in_folder(folder, watch, wait = FALSE)
}
