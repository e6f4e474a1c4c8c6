# Every pair looked at, in whole numbers
count_pairs <- function(y, score) {
  pairs <- outer(score[y == 1], score[y == 0], function(a, b) 2 * (a > b) + (a == b))
  sum(pairs) / (2 * length(pairs))
}

random_scores <- function(seed) {
  set.seed(seed)
  n <- sample(8:120, 1L)
  y <- c(0, 0, 1, 1, rbinom(n - 4, 1, runif(1, 0.1, 0.9)))
  score <- switch(
    1 + seed %% 3, rnorm(n) + y, sample(5, n, TRUE) + y, round(runif(n), 1) * 10
  )
  list(y = as.integer(y), score = as.double(score), other = score + sample(3, n, TRUE))
}

test_that("the area is the exact share of pairs on 1,000 random sets", {
  found <- vapply(1:1000, function(seed) {
    case <- random_scores(seed)
    c(suppressWarnings(lcrisk_auc(case$y, case$score)), count_pairs(case$y, case$score))
  }, numeric(2L))
  expect_identical(found[1L, ], found[2L, ])
})

test_that("area, variance and covariance agree with pROC", {
  skip_if_not_installed("pROC")
  for (seed in 1:200) {
    case <- random_scores(seed)
    roc <- function(score) {
      pROC::roc(case$y, score, levels = 0:1, direction = "<", quiet = TRUE)
    }
    one <- roc(case$score)
    two <- roc(case$other)
    ours <- suppressWarnings(lcrisk_auc(case$y, case$score))
    expect_equal(as.numeric(ours), as.numeric(one$auc), tolerance = 1e-12)
    expect_equal(attr(ours, "se")^2, suppressWarnings(pROC::var(one)), tolerance = 1e-12)

    test <- suppressWarnings(lcrisk_roc_test(case$y, case$score, case$other))
    theirs <- suppressWarnings(pROC::roc.test(one, two, method = "delong"))
    if (test$se > 1e-8) {
      expect_equal(test$z, theirs$statistic[[1L]], tolerance = 1e-9)
      expect_equal(test$p_value, theirs$p.value, tolerance = 1e-9)
      covariance <- suppressWarnings(pROC::cov(one, two))
      expect_equal(test$se^2, pROC::var(one) + pROC::var(two) - 2 * covariance,
                   tolerance = 1e-9)
    }
  }
})

test_that("the interval is the logit-scale DeLong interval and stays inside 0 to 1", {
  case <- random_scores(3)
  auc <- lcrisk_auc(case$y, case$score, level = 0.9)
  a <- as.numeric(auc)
  reach <- qnorm(0.95) * attr(auc, "se") / (a * (1 - a))
  expect_equal(attr(auc, "interval"),
               plogis(qlogis(a) + c(lower = -reach, upper = reach)))
  expect_identical(attr(auc, "level"), 0.9)
  expect_identical(attr(auc, "n_event"), sum(case$y))
})

# AUC-01 to AUC-18: id, call, what comes out (a class of condition, or a value)
cases <- list(
  list("AUC-01 one class", quote(lcrisk_auc(c(1, 1), c(0.2, 0.3))), "one_class"),
  list("AUC-02 lengths differ", quote(lcrisk_auc(c(0, 1), 0.5)), "bad_length"),
  list("AUC-03 no rows", quote(lcrisk_auc(numeric(), numeric())), "too_few_rows"),
  list("AUC-03 two rows", quote(lcrisk_auc(0:1, c(0.1, 0.9))), 1),
  list("AUC-04 missing outcome", quote(lcrisk_auc(c(0, 1, NA), 1:3)), "missing_outcome"),
  list("AUC-04 missing score", quote(lcrisk_auc(c(0, 1, 1), c(1, 2, NA))),
       "missing_score"),
  list("AUC-04 left out",
       quote(lcrisk_auc(c(0, 1, 1, NA, 0), c(1, 2, NA, 4, 3), na.rm = TRUE)), 0.5),
  list("AUC-05 infinite", quote(lcrisk_auc(c(0, 0, 1, 1), c(-Inf, 0, 1, Inf))), 1),
  list("AUC-06 NaN", quote(lcrisk_auc(c(0, 1), c(NaN, 1))), "missing_score"),
  list("AUC-07 all equal", quote(lcrisk_auc(c(0, 1, 0, 1), rep(0.3, 4))), 0.5),
  list("AUC-08 perfect", quote(lcrisk_auc(c(0, 0, 1, 1), 1:4)), 1),
  list("AUC-08 inverted", quote(lcrisk_auc(c(0, 0, 1, 1), 4:1)), 0),
  list("AUC-09 ties", quote(lcrisk_auc(c(0, 1, 1, 0), c(1, 1, 2, 0))), 0.875),
  list("AUC-11 zeros tie", quote(lcrisk_auc(c(0, 1), c(-0, 0))), 0.5),
  list("AUC-11 denormals", quote(lcrisk_auc(c(0, 1), c(0, 5e-324))), 1),
  list("AUC-12 weight 0",
       quote(lcrisk_auc(c(0, 1, 0, 1, 1), c(1:4, 0), weights = c(1, 1, 1, 1, 0))), 0.75),
  list("AUC-12 negative", quote(lcrisk_auc(0:1, 1:2, weights = c(1, -1))), "bad_weight"),
  list("AUC-12 missing", quote(lcrisk_auc(0:1, 1:2, weights = c(1, NA))), "bad_weight"),
  list("AUC-12 all 0", quote(lcrisk_auc(0:1, 1:2, weights = c(0, 0))), "bad_weight"),
  list("AUC-12 length", quote(lcrisk_auc(0:1, 1:2, weights = 1)), "bad_argument"),
  list("AUC-12 class of weight 0", quote(lcrisk_auc(0:1, 1:2, weights = 1:0)),
       "one_class"),
  list("AUC-13 logical", quote(lcrisk_auc(c(FALSE, TRUE), 1:2)), 1),
  list("AUC-13 factor", quote(lcrisk_auc(factor(c("x", "y")), 1:2)), 1),
  list("AUC-13 text", quote(lcrisk_auc(c("good", "bad"), 1:2)), "event_needed"),
  list("AUC-13 text, event", quote(lcrisk_auc(c("good", "bad"), 1:2, event = "bad")), 1),
  list("AUC-13 three", quote(lcrisk_auc(c(0, 1, 2), 1:3)), "not_binary"),
  list("AUC-14 times 1e-300", quote(lcrisk_auc(c(0, 1, 0, 1), 1:4 * 1e-300)), 0.75),
  list("scores as text", quote(lcrisk_auc(0:1, c("1", "2"))), "bad_argument"),
  list("scores as matrix", quote(lcrisk_auc(0:1, matrix(1:2))), "bad_argument"),
  list("level 1", quote(lcrisk_auc(0:1, 1:2, level = 1)), "bad_argument")
)

test_that("each hostile case has its defined result", {
  for (case in cases) {
    if (is.character(case[[3L]])) {
      error <- expect_error(eval(case[[2L]]), class = "lcrisk_error_input")
      expect_identical(error$code, case[[3L]], label = case[[1L]])
    } else {
      auc <- suppressWarnings(eval(case[[2L]]), classes = "lcrisk_warning")
      expect_identical(as.numeric(auc), case[[3L]], label = case[[1L]])
      interval <- attr(auc, "interval")
      expect_true(interval[[1L]] >= 0 && interval[[2L]] <= 1, label = case[[1L]])
      expect_true(interval[[1L]] <= auc && auc <= interval[[2L]], label = case[[1L]])
    }
  }
})

test_that("fragile and odd input is warned of by class", {
  expect_warning(lcrisk_auc(c(0, 0, 1, 1), c(0, 2, 1, Inf)),
                 class = "lcrisk_warning_data")
  warning <- expect_warning(lcrisk_auc(0:1, 1:2), class = "lcrisk_warning_numeric")
  expect_identical(warning$code, "fragile_interval")
  expect_warning(lcrisk_auc(c(0, 0, 1), c(1, 3, 2)), class = "lcrisk_warning_numeric")
  expect_silent(lcrisk_auc(c(0, 1, 0, 1), 1:4))
})

test_that("the bound at a perfect area holds its promise", {
  # ten of ten pairs right: with an area of `lower` that happens in 2.5% of samples
  auc <- suppressWarnings(lcrisk_auc(rep(0:1, c(30, 10)), 1:40))
  expect_equal(attr(auc, "interval")[["lower"]]^10, 0.025)
  expect_identical(attr(auc, "interval")[["upper"]], 1)
})

test_that("rows left out are counted", {
  auc <- lcrisk_auc(c(0, 1, 1, NA, 0, 1), c(1, 2, NA, 4, 3, 4), na.rm = TRUE)
  expect_identical(attr(auc, "n_missing"), 2L)
  expect_identical(attr(auc, "n"), 4L)
})

test_that("counts do not overflow at ten million rows", {
  skip_on_cran()
  n <- 1e7
  y <- rep(c(0L, 1L), n / 2)
  # few distinct scores: the pairs can be counted from the table
  score <- as.double(rep_len(c(1, 1, 2, 3, 2, 3, 2), n))
  count <- table(score, y)
  pairs <- 0
  for (i in 1:3) {
    lower <- sum(count[seq_len(i - 1), "0"]) + count[i, "0"] / 2
    pairs <- pairs + count[i, "1"] * lower
  }
  expect_equal(as.numeric(lcrisk_auc(y, score)), pairs / (n / 2)^2, tolerance = 1e-14)
  # all distinct, perfectly ranked but for the highest row, which is no event
  auc <- lcrisk_auc(rep(c(0L, 1L, 0L), c(n / 2, n / 2 - 1, 1)), as.double(seq_len(n)))
  expect_identical(as.numeric(auc), (n / 2) / (n / 2 + 1))
})

test_that("equal weights change nothing and whole weights stand for repeated rows", {
  case <- random_scores(7)
  w <- sample(4, length(case$y), TRUE)
  repeated <- lcrisk_auc(rep(case$y, w), rep(case$score, w))
  weighted <- lcrisk_auc(case$y, case$score, weights = w)
  expect_equal(as.numeric(weighted), as.numeric(repeated), tolerance = 1e-14)
  expect_equal(lcrisk_auc(case$y, case$score, weights = rep(3, length(w))),
               lcrisk_auc(case$y, case$score), tolerance = 1e-13)
})
