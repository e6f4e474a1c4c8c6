# The service as it is shipped: workers behind the package's own nginx file, called by
# bench/lib/serve-load.js. Needs httpuv, nginx and node.
#
#   Rscript bench/serve.R bench/results/serve.md
#
# Loans are simulated; the model is boosted trees with the default settings.

library(lcrisk)
out <- commandArgs(TRUE)[1L]
folder <- tempfile("serve", "/tmp")
dir.create(folder)

loans <- lcrisk_simulate(12000, seed = 1)
frame <- lcrisk_features(suppressWarnings(lcrisk_outcome(loans)))
model <- suppressWarnings(
  lcrisk_train(frame, learner = lcrisk_boost(effort = 0.3), seed = 1)
)
path <- file.path(folder, "model.lcrisk")
lcrisk_save(model, path)

# ---- what is asked and what must be answered -------------------------------------

fields <- intersect(lcrisk:::inputs_of_model(model)$name, names(loans))
asked <- as.data.frame(loans)[1:5000, fields]
prob <- suppressWarnings(predict(model, loans[1:5000]))
cells <- lapply(fields, function(name) {
  x <- asked[[name]]
  text <- if (is.numeric(x) && !inherits(x, "Date")) sprintf("%.17g", x) else
    paste0("\"", as.character(x), "\"")
  ifelse(is.na(x), NA, paste0("\"", name, "\":", text))
})
bodies <- apply(do.call(cbind, cells), 1L, function(row) {
  sprintf("{%s}", paste(row[!is.na(row)], collapse = ","))
})
writeLines(bodies, file.path(folder, "bodies"))
writeLines(sprintf("%.17g", prob), file.path(folder, "prob"))

# ---- the service -------------------------------------------------------------------

key <- "5f2c1d7e9a8b4c3d2e1f0a9b8c7d6e5f"
digest <- system(sprintf("printf %%s %s | sha256sum | cut -d' ' -f1", key), intern = TRUE)
ports <- 23000L + 0:1

start <- function(workers) {
  code <- file.path(folder, "serve.R")
  audit <- file.path(folder, "audit.jsonl")
  pid <- file.path(folder, "pid")
  unlink(pid)
  writeLines(c(
    sprintf("library(lcrisk, lib.loc = %s)", deparse(dirname(find.package("lcrisk")))),
    sprintf("writeLines(as.character(Sys.getpid()), %s)", deparse(pid)),
    sprintf("lcrisk_serve(%s, port = %d, workers = %d, keys = c(bench = %s), audit = %s)",
            deparse(path), ports[1L], workers, deparse(digest), deparse(audit))
  ), code)
  log <- file.path(folder, "serve.log")
  system2(file.path(R.home("bin"), "Rscript"), c("--vanilla", code), wait = FALSE,
          stdout = log, stderr = log)
  for (port in ports[seq_len(workers)]) await(port)
  as.integer(readLines(pid))
}

await <- function(port) {
  for (k in 1:300) {
    got <- tryCatch(suppressWarnings(
      readLines(sprintf("http://127.0.0.1:%d/health", port), warn = FALSE)
    ), error = function(e) "")
    if (identical(got, "{\"status\":\"ok\"}")) return(invisible())
    Sys.sleep(0.2)
  }
  stop("no answer on port ", port)
}

stop_service <- function(pid) {
  tools::pskill(pid, tools::SIGINT)
  Sys.sleep(2)
}

start_nginx <- function(workers) {
  conf <- readLines(system.file("serve", "nginx.conf", package = "lcrisk"))
  conf <- sub("127.0.0.1:8000", sprintf("127.0.0.1:%d", ports[1L]), conf, fixed = TRUE)
  second <- grep("127.0.0.1:8001", conf, fixed = TRUE)
  conf[second] <- if (workers == 1L) "" else {
    sub("8001", ports[2L], conf[second], fixed = TRUE)
  }
  conf <- sub("127.0.0.1:8080", "127.0.0.1:23080", conf, fixed = TRUE)
  file <- file.path(folder, "nginx.conf")
  writeLines(conf, file)
  status <- system2("nginx", c("-p", paste0(folder, "/"), "-c", file), stderr = FALSE)
  if (status != 0L) stop("nginx does not start")
  Sys.sleep(0.5)
}

stop_nginx <- function() {
  system2("nginx", c("-p", paste0(folder, "/"), "-c", file.path(folder, "nginx.conf"),
                     "-s", "stop"), stderr = FALSE)
  Sys.sleep(0.5)
}

call_service <- function(route, port = 23080L) {
  said <- system2("node", c("bench/lib/serve-load.js", port, key, folder, route),
                  stdout = TRUE)
  numbers <- regmatches(said, gregexpr("\"\\w+\":[0-9.e-]+", said))[[1L]]
  stats::setNames(as.numeric(sub("^.*:", "", numbers)),
                  gsub("\"|:.*", "", numbers))
}

load_text <- function() strsplit(readLines("/proc/loadavg"), " ")[[1L]][1L]
loads <- load_text()

# ---- the figures -------------------------------------------------------------------

found <- list()
pid <- start(1L)
start_nginx(1L)
found$one <- call_service("one")
found$kept <- call_service("one", ports[1L])
found$soak1 <- call_service("soak")
stop_nginx()
stop_service(pid)
pid <- start(2L)
start_nginx(2L)
found$soak2 <- call_service("soak")
found$noise <- call_service("noise")
found$keys <- call_service("keys")
found$after <- call_service("one")
stop_nginx()
stop_service(pid)
logs <- list.files(folder, "^audit.*jsonl$", full.names = TRUE)
records <- sum(vapply(logs, function(log) nrow(lcrisk_service_log(log)), 0L))
loads <- c(loads, load_text())

figure <- function(set, name, digits = 0L) {
  formatC(found[[set]][[name]], digits = digits, format = "f", big.mark = ",")
}
soak <- function(set) {
  sprintf("%s lost, %s failed, %s refused, %s of other bits than `predict()`",
          figure(set, "lost"), figure(set, "failed"), figure(set, "refused"),
          figure(set, "other_bits"))
}
text <- c(
  "# The service", "",
  sprintf(paste("%s, %d processors, load average %s before and %s after. Model: boosted",
                "trees, %s trees; single loans of %d fields; keys and the audit log on.",
                "Made by `bench/serve.R`."),
          format(Sys.Date()), parallel::detectCores(), loads[1L], loads[2L],
          format(length(model$core$trees$tree_start) - 1L, big.mark = ","),
          length(fields)), "",
  "| what | figure | wanted |", "| --- | --- | --- |",
  sprintf("| one loan through the nginx file, p50 (p99) | %s (%s) ms | 5 ms |",
          figure("one", "p50", 2L), figure("one", "p99", 2L)),
  sprintf("| the same straight to a worker on a kept connection, p50 | %s ms | - |",
          figure("kept", "p50", 2L)),
  sprintf("| requests a second, one worker behind nginx, 8 callers | %s | 600 |",
          figure("soak1", "per_second")),
  sprintf("| requests a second, two workers behind nginx, 8 callers | %s | - |",
          figure("soak2", "per_second")),
  sprintf("| 20,000 requests to one worker | %s | 0 of each |", soak("soak1")),
  sprintf("| 20,000 requests to two workers | %s | 0 of each |", soak("soak2")),
  sprintf("| 20,000 spoiled bodies | %s refused, %s scored, %s lost, %s failed, %s %s |",
          figure("noise", "refused"), figure("noise", "scored"), figure("noise", "lost"),
          figure("noise", "failed"), figure("noise", "shows_inside"),
          "show the inside | 0 of the last three"),
  sprintf("| 600 requests with a wrong or no key | %s refused with 401 | 600 |",
          figure("keys", "unauthorized")),
  sprintf("| 2,000 requests after all that | %s | 0 of each |", soak("after")),
  sprintf("| records in the audit logs, all chains whole | %s | every scored request |",
          formatC(records, format = "d", big.mark = ",")), "",
  "The caller, nginx and the workers share the processors."
)
writeLines(text)
if (!is.na(out)) writeLines(text, out)
unlink(folder, recursive = TRUE)
