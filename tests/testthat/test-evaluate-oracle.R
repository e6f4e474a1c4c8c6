stored_figures <- function() {
  utils::read.csv(test_path("oracle", "metrics.csv"), stringsAsFactors = FALSE)
}

test_that("every figure of other packages is ours too", {
  stored <- stored_figures()
  expect_gt(length(unique(stored$source)), 4L)
  for (i in seq_len(nrow(oracle_cases))) {
    x <- oracle_rows(i)
    m <- lcrisk_metrics(x$truth, x$prob, oracle_cases$cutoff[i])
    half <- lcrisk_metrics(x$truth, x$prob, severity = 0.5)
    ours <- stats::setNames(m$estimate, m$metric)
    ours[["auc_variance"]] <- m$se[m$metric == "auc"]^2
    ours[["h_measure_half"]] <- half$estimate[half$metric == "h_measure"]
    mine <- stored[stored$case == i, ]
    expect_true(all(mine$metric %in% names(ours)))
    for (k in seq_len(nrow(mine))) {
      expect_equal(ours[[mine$metric[k]]], mine$value[k], tolerance = 1e-12,
                   label = sprintf("case %d, %s, ours", i, mine$metric[k]),
                   expected.label = mine$source[k])
    }
  }
})

test_that("partial areas agree with pROC on random cases with ties", {
  skip_if_not_installed("pROC")
  for (seed in 1:60) {
    set.seed(seed)
    n <- sample(20:200, 1L)
    truth <- c(0, 0, 1, 1, rbinom(n - 4, 1, 0.3))
    prob <- round(plogis(rnorm(n) + truth), if (seed %% 2) 1 else 4)
    to <- round(runif(1, 0.1, 1), 2)
    roc <- pROC::roc(truth, prob, levels = 0:1, direction = "<", quiet = TRUE)
    theirs <- as.numeric(pROC::auc(roc, partial.auc = c(1, 1 - to)))
    ours <- lcrisk_metrics(truth, prob, partial = c(0, to), resamples = 20)
    expect_equal(ours$estimate[ours$metric == "partial_auc"], theirs, tolerance = 1e-12)
  }
})
