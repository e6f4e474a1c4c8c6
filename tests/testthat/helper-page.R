# What the tests of the scoring page and of the app need: a model, node, a browser.

page_model <- function(learner = lcrisk_boost(trees = 30, folds = 2), ...) {
  fit_contract(learner, contract_rows(400L), ...)
}

node_program <- function() {
  node <- Sys.which(c("node", "nodejs"))
  node <- node[nzchar(node)]
  if (!length(node)) testthat::skip("node is not installed")
  node[[1L]]
}

chromium_program <- function() {
  found <- Sys.which(c("chromium", "chromium-browser", "google-chrome"))
  found <- found[nzchar(found)]
  if (!length(found)) testthat::skip("no chromium is installed")
  found[[1L]]
}

# axe-core's script, "" where it is not there; tools/setup.sh fetches it
axe_script <- function() {
  own <- Sys.getenv("LCRISK_AXE")
  beside <- testthat::test_path("..", "..", "build", "npm", "node_modules", "axe-core",
                                "axe.min.js")
  path <- if (nzchar(own)) own else beside
  if (file.exists(path)) normalizePath(path) else ""
}

# A csv whose numbers read back as they are, to the last bit
exact_csv <- function(data, csv) {
  data[] <- lapply(data, function(x) {
    if (is.double(x)) ifelse(is.na(x), "", sprintf("%.17g", x)) else x
  })
  data.table::fwrite(data, csv, na = "", quote = TRUE)
}

in_new_folder <- function(code) {
  folder <- tempfile()
  dir.create(folder)
  on.exit(unlink(folder, recursive = TRUE))
  code(folder)
}

# Probabilities of a csv as the page's own code gives them in node
score_in_node <- function(model, csv) {
  in_new_folder(function(folder) {
    lcrisk_save(model, file.path(folder, "model"))
    out <- file.path(folder, "out")
    said <- system2(
      node_program(),
      shQuote(c(test_path("page-score.js"), dirname(page_file("scorer.js")),
                file.path(folder, "model"), csv, out)),
      stdout = TRUE
    )
    structure(read_doubles(out), said = said)
  })
}

# Contributions and reasons of a csv as the page gives them in node: a list with
# `exact`, `base`, `value` (rows x columns), `reasons` (a table of row, rank, feature,
# text, contribution, restored)
explain_in_node <- function(model, csv, texts = NULL) {
  in_new_folder(function(folder) {
    path <- file.path(folder, "model")
    .Call(ffi_model_write, path, model_bytes(model, texts))
    said <- system2(
      node_program(),
      shQuote(c(test_path("page-explain.js"), dirname(page_file("scorer.js")), path, csv,
                folder)),
      stdout = TRUE
    )
    out <- jsonlite::fromJSON(said)
    numbers <- read_doubles(file.path(folder, "numbers"))
    p <- length(model$blueprint$features)
    n <- out$n
    if (out$exact) {
      out$base <- numbers[1L]
      out$value <- matrix(numbers[1L + seq_len(n * p)], n)
      numbers <- numbers[-seq_len(1L + n * p)]
    }
    size <- length(numbers) / 2
    out$reasons <- data.frame(out$reasons, contribution = numbers[seq_len(size)],
                              restored = numbers[size + seq_len(size)])
    out
  })
}

read_doubles <- function(path) {
  readBin(path, "double", file.size(path) / 8, endian = "little")
}

# What a script of tests/testthat/ saw in a headless browser: node <script> <chromium>
# <arguments...>, one line of JSON
run_browser <- function(script, ..., timeout = 120) {
  testthat::skip_on_cran()
  node <- node_program()
  chromium <- chromium_program()
  testthat::skip_if_not_installed("jsonlite")
  said <- suppressWarnings(system2(
    node, shQuote(c(test_path(script), chromium, ...)), stdout = TRUE, timeout = timeout
  ))
  testthat::expect_null(attr(said, "status"))
  jsonlite::fromJSON(utils::tail(said, 1L))
}
