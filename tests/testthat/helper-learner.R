# The smallest learner that uses everything the contract has: naive Bayes on
# frequencies. Numbers are cut at training quintiles, levels are their own cells,
# missing is a cell of its own. Order of columns and rows cannot matter but in the
# last bits, so sums run over sorted column names and counts are exact.
lcrisk_testlearner <- function(smooth = 0.5) {
  lcrisk:::new_learner("testlearner", list(smooth = smooth))
}

fit_testlearner <- function(learner, x, y, weights, run) {
  if (!is.null(run$progress)) run$progress(0)
  w <- if (is.null(weights)) rep(1, length(y)) else weights
  smooth <- learner$params$smooth
  cuts <- lapply(x, test_cuts)
  cells <- lapply(names(x), function(name) {
    cell <- test_cell(x[[name]], cuts[[name]])
    size <- length(levels(cell)) + 1
    bad <- tapply(w * y, cell, sum, default = 0) + smooth
    good <- tapply(w * (1 - y), cell, sum, default = 0) + smooth
    unname(as.vector(log(bad / (sum(w * y) + smooth * size)) -
      log(good / (sum(w * (1 - y)) + smooth * size))))
  })
  list(
    base = log(sum(w * y) / sum(w * (1 - y))), cuts = cuts,
    cells = stats::setNames(cells, names(x))
  )
}

predict_testlearner <- function(learner, core, x, run) {
  total <- rep(core$base, length(x[[1L]]))
  for (name in sort(names(core$cells), method = "radix")) {
    cell <- as.integer(test_cell(x[[name]], core$cuts[[name]]))
    total <- total + core$cells[[name]][cell]
  }
  total
}

# Distinct values rather than rows, so that doubling rows changes no cut
test_cuts <- function(x) {
  if (is.factor(x)) return(levels(x))
  values <- sort(unique(as.double(x)))
  if (!length(values)) return(numeric())
  unique(unname(stats::quantile(values, c(0.2, 0.4, 0.6, 0.8), type = 1L)))
}

test_cell <- function(x, cuts) {
  if (is.factor(x)) {
    code <- as.integer(x)
    n <- length(cuts)
  } else {
    code <- findInterval(as.double(x), cuts) + 1L
    n <- length(cuts) + 1L
  }
  code[is.na(code)] <- n + 1L
  factor(code, levels = seq_len(n + 1L))
}

registerS3method("fit_core", "lcrisk_testlearner", fit_testlearner,
                 envir = asNamespace("lcrisk"))
registerS3method("predict_core", "lcrisk_testlearner", predict_testlearner,
                 envir = asNamespace("lcrisk"))
