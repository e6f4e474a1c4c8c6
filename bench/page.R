# The same 20,000 real loans in R, in node and in the page in headless Chromium: are the
# probabilities the same bits? Needs LCRISK_DATA (LoanStats3a_securev1.csv.zip), node and
# chromium. Counts and bits do not depend on how busy the machine is; seconds do.
#   Rscript bench/page.R

suppressMessages(library(lcrisk))
source("bench/lib/machine.R")

zip <- Sys.getenv("LCRISK_DATA")
if (!nzchar(zip)) stop("Set LCRISK_DATA to LoanStats3a_securev1.csv.zip.")
folder <- tempfile()
dir.create(folder)
csv <- file.path(folder, "part.csv")
whole <- utils::unzip(zip, exdir = folder)
writeLines(readLines(whole, n = 20002L, warn = FALSE, encoding = "UTF-8"), csv,
           useBytes = TRUE)
loans <- suppressWarnings(lcrisk_read(csv))
frame <- lcrisk_features(suppressWarnings(lcrisk_outcome(loans)))

chromium <- Filter(nzchar, Sys.which(c("chromium", "chromium-browser")))[[1L]]
node <- Filter(nzchar, Sys.which(c("node", "nodejs")))[[1L]]
doubles <- function(name) {
  path <- file.path(folder, name)
  readBin(path, "double", file.size(path) / 8, endian = "little")
}

measure <- function(kind, learner) {
  model <- suppressWarnings(lcrisk_train(frame, learner = learner, seed = 1))
  lcrisk_save(model, file.path(folder, "model"))
  page <- file.path(folder, "page.html")
  lcrisk_page(model, page)
  code <- system.file("page", package = "lcrisk")
  system2(node, shQuote(c("tests/testthat/page-score.js", code,
                          file.path(folder, "model"), csv, file.path(folder, "node"))),
          stdout = FALSE)
  driver <- normalizePath("tests/testthat/browser.js")
  said <- system2(node, shQuote(c("bench/page.js", driver, chromium, page, csv, folder)),
                  stdout = TRUE)
  said <- jsonlite::fromJSON(utils::tail(said, 1L))
  want <- stats::predict(model, loans)
  same <- function(got) {
    if (identical(got, want)) "all the same" else sprintf("%d differ", sum(got != want))
  }
  data.frame(
    learner = kind, loans = length(want), node = same(doubles("node")),
    Chromium = same(doubles("pd")),
    requests = sum(!grepl("^(data|file):", said$requests)),
    "page, KB" = round(file.size(page) / 1024), "loans a second" =
      round(length(want) / said$seconds),
    "contributions, ms" = sprintf("%.1f", said$explained[1L]),
    "reasons, ms" = sprintf("%.1f", said$explained[2L]), check.names = FALSE
  )
}

learners <- list(boost = lcrisk_boost(trees = 300), logit = lcrisk_logit(),
                 forest = lcrisk_forest(trees = 100), additive = lcrisk_additive(),
                 mlp = lcrisk_mlp(restarts = 2, epochs = 20))
rows <- do.call(rbind, Map(measure, names(learners), learners))
table <- knitr::kable(rows, format = "pipe", row.names = FALSE)
text <- c(machine(
  "The scoring page: the same bits, and how fast",
  "The first 20,000 loans of LoanStats3a scored by `predict()` in R, by the page's code in",
  "node, and by the page itself, opened from disk in headless Chromium and given the csv.",
  "`requests`: what the page asked of the network. Milliseconds: of one borrower, in the",
  "page. By `bench/page.R`."
), table)
writeLines(text, "bench/results/page.md")
writeLines(text)
unlink(folder, recursive = TRUE)
