# The battery of hostile cases for metrics, resampling and folds: one row for each case,
# by its number. Details of a verb are in the verb's own tests; here is what must hold
# whoever changes what.

rows <- function(n = 300L) contract_rows(n)
holds <- function(...) stopifnot(...)
area <- function(...) as.numeric(suppressWarnings(lcrisk_auc(...)))
metric_of <- function(name, ...) {
  found <- suppressWarnings(lcrisk_metrics(...))
  found$estimate[found$metric == name]
}

test_that("every case of the metrics' battery has its defined result", {
  y <- rep(0:1, c(30, 20))
  p <- (seq_len(50) * 7) %% 31 / 31
  expect_cases(list(
    case("AUC-01", "one class", lcrisk_auc(c(1, 1), 1:2), "error input one_class"),
    case("AUC-02", "lengths differ", lcrisk_auc(y, p[-1]), "error input bad_length"),
    case("AUC-03", "no rows", lcrisk_auc(numeric(), numeric()),
         "error input too_few_rows"),
    case("AUC-03", "two rows", holds(area(0:1, 1:2) == 1), "ok"),
    case("AUC-04", "score missing", lcrisk_auc(y, replace(p, 3, NA)),
         "error input missing_score"),
    case("AUC-04", "outcome missing", lcrisk_auc(replace(y, 3, NA), p),
         "error input missing_outcome"),
    case("AUC-04", "left out and counted",
         holds(attr(lcrisk_auc(y, replace(p, 3, NA), na.rm = TRUE), "n_missing") == 1),
         "ok"),
    case("AUC-05", "infinite scores", lcrisk_auc(y, replace(p, 3, Inf)),
         "warning data infinite_score"),
    case("AUC-05", "rank highest", holds(area(c(0, 0, 1), c(1, 2, Inf)) == 1), "ok"),
    case("AUC-06", "NaN", lcrisk_auc(y, replace(p, 3, NaN)),
         "error input missing_score"),
    case("AUC-07", "all equal", holds(area(y, rep(0.3, 50)) == 0.5), "ok"),
    case("AUC-08", "perfect", holds(area(y, seq_len(50)) == 1), "ok"),
    case("AUC-08", "inverted, never turned round", holds(area(y, 50:1) == 0), "ok"),
    case("AUC-09", "ties count half", {
      wins <- outer(p[y == 1], p[y == 0], function(a, b) (a > b) + (a == b) / 2)
      holds(area(y, p) == mean(wins))
    }, "ok"),
    case("AUC-10", "more pairs than a double can count", {
      # 2e5 twice over: 4e10 pairs, all but one won
      half <- 2e5
      score <- as.double(c(seq_len(half), half + seq_len(half)))
      score[c(half, half + 1)] <- score[c(half + 1, half)]
      holds(area(rep(0:1, each = half), score) == 1 - 1 / half^2)
    }, "ok"),
    case("AUC-11", "zeros of both signs tie", holds(area(0:1, c(0, -0)) == 0.5), "ok"),
    case("AUC-11", "denormals do not", holds(area(0:1, c(0, 5e-324)) == 1), "ok"),
    case("AUC-12", "weight 0 is absence",
         holds(area(c(y, 1), c(p, 0), weights = rep(1:0, c(50, 1))) == area(y, p)), "ok"),
    case("AUC-12", "negative weight", lcrisk_auc(y, p, weights = replace(y + 1, 2, -1)),
         "error input bad_weight"),
    case("AUC-12", "missing weight", lcrisk_auc(y, p, weights = replace(y + 1, 2, NA)),
         "error input bad_weight"),
    case("AUC-13", "factor", holds(area(factor(y), p) == area(y, p)), "ok"),
    case("AUC-13", "logical", holds(area(y == 1, p) == area(y, p)), "ok"),
    case("AUC-13", "text without event", lcrisk_auc(ifelse(y == 1, "bad", "good"), p),
         "error input event_needed"),
    case("AUC-13", "text with event",
         holds(area(ifelse(y == 1, "bad", "good"), p, event = "bad") == area(y, p)),
         "ok"),
    case("AUC-14", "times a constant", holds(area(y, p * 1e-200) == area(y, p)), "ok"),
    case("AUC-14", "a rising map", holds(area(y, exp(5 * p)) == area(y, p)), "ok"),
    case("AUC-15", "perfect on two rows", lcrisk_auc(0:1, 1:2),
         "warning numeric fragile_interval"),
    case("AUC-15", "its interval", {
      interval <- attr(suppressWarnings(lcrisk_auc(0:1, 1:2)), "interval")
      holds(all(is.finite(interval)), all(interval >= 0 & interval <= 1))
    }, "ok"),
    case("AUC-16", "certainties are finite and counted", {
      found <- suppressWarnings(lcrisk_metrics(y, replace(p, c(1, 50), c(1, 0))))
      shown <- c("ks", "gini", "brier", "log_loss")
      holds(all(is.finite(found$estimate[found$metric %in% shown])))
      # two were wrong for certain, and the score 0 of the first row is right
      holds(attr(found, "n_clipped") == sum(replace(p, c(1, 50), c(1, 0)) %in% 0:1))
    }, "ok"),
    case("AUC-17", "all probabilities the same", {
      holds(metric_of("brier", y, rep(0.4, 50)) == 0.24)
      holds(abs(metric_of("ece", y, rep(0.4, 50))) < 1e-12)
      holds(is.na(metric_of("calibration_slope", y, rep(0.4, 50))))
    }, "ok"),
    case("AUC-17", "fewer values than bins", {
      table <- suppressWarnings(lcrisk_calibration(y, rep(c(0.2, 0.6), 25)))
      holds(nrow(table) >= 1L, sum(table$n) == 50, all(is.finite(table$rate)))
    }, "ok"),
    case("AUC-18", "threads", {
      big <- rows(5000L)
      one <- lcrisk_metrics(big$y, big$income / 101, threads = 1)
      for (threads in c(2, 3, 8)) {
        holds(identical(lcrisk_metrics(big$y, big$income / 101, threads = threads), one))
      }
    }, "ok")
  ))
})

test_that("every case of the resampling battery that others do not list holds", {
  d <- rows(400L)
  x <- d[c("income", "score", "home", "noise")]
  rare <- as.integer(d$y == 1L & seq_len(400L) %% 4L == 0L)
  made <- function(...) lcrisk_balance(x, rare, lcrisk_smote(...), seed = 1)
  expect_cases(list(
    case("SMT-09", "one point only", {
      same <- data.frame(a = c(rep(1.1, 8), 1:40))
      found <- lcrisk_balance(same, rep(1:0, c(8, 40)), "smote", seed = 1)
      holds(all(found$x$a[found$origin$made == "synthetic"] == 1.1))
    }, "ok"),
    case("SMT-11", "types and levels kept", {
      found <- made()
      holds(is.integer(found$x$score), identical(class(found$x$home), class(x$home)))
      holds(all(found$x$home %in% x$home))
    }, "ok"),
    case("SMT-12", "given rows first, untouched, marked", {
      found <- made()
      holds(identical(as.data.frame(found$x)[1:400, ], x))
      holds(all(found$origin$made[1:400] == "given"))
      holds(all(found$origin$made[-(1:400)] == "synthetic"))
    }, "ok"),
    case("SMT-13", "each of 100,000 values lies between its parents'", {
      found <- made(ratio = 320)
      new <- found$origin$made == "synthetic"
      from <- x$income[found$origin$row[new]]
      to <- x$income[found$origin$neighbour[new]]
      value <- found$x$income[new]
      holds(sum(new) > 1e5, all(value >= pmin(from, to) & value <= pmax(from, to)))
    }, "ok"),
    case("SMT-14", "no judged row is a parent", {
      folds <- lcrisk_folds(data.frame(default = rare), k = 4, seed = 1)
      for (fold in folds) {
        part <- lcrisk_balance(x[fold$train, ], rare[fold$train], "smote", seed = 1)
        parents <- fold$train[c(part$origin$row, part$origin$neighbour)]
        holds(!any(parents %in% fold$test))
      }
    }, "ok"),
    case("SMT-15", "threads", {
      one <- lcrisk_balance(x, rare, "smote", seed = 1, threads = 1)
      for (threads in c(2, 8)) {
        many <- lcrisk_balance(x, rare, "smote", seed = 1, threads = threads)
        holds(identical(many, one))
      }
    }, "ok")
  ))
})

test_that("every case of the folds' battery that others do not list holds", {
  d <- rows(240L)
  d$who <- seq_len(240L) %% 30L
  d$day <- as.Date("2009-01-01") + 31L * (seq_len(240L) %% 24L)
  folds <- function(...) lcrisk_folds(d, ..., outcome = "y", seed = 1)
  cv <- function(folds, learner = lcrisk_testlearner()) {
    lcrisk_cv(y ~ . - who - day, learner, folds, data = d, seed = 1, progress = FALSE)
  }
  expect_cases(list(
    case("CVV-04", "a group in one fold", {
      for (fold in folds("grouped", k = 4, group = "who")) {
        holds(!any(d$who[fold$test] %in% d$who[fold$train]))
      }
    }, "ok"),
    case("CVV-05", "training ends before the test begins", {
      for (fold in folds("rolling", k = 4, time = "day")) {
        holds(max(d$day[fold$train]) < min(d$day[fold$test]))
      }
    }, "ok"),
    case("CVV-08", "levels are learned inside the fold", {
      pairs <- list(list(train = 1:160, test = 161:240))
      clean <- cv(pairs)$folds$fingerprint
      d$home[161:240] <- "POISON"
      holds(identical(suppressWarnings(cv(pairs))$folds$fingerprint, clean))
    }, "ok"),
    case("CVV-13", "each row once", {
      found <- cv(4)$predictions
      holds(identical(sort(found$row), 1:240), !anyNA(found$prob))
    }, "ok")
  ))
})
