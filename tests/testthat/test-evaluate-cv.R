people <- function(n = 300L) contract_rows(n)
cv <- function(data = people(), folds = 4, ..., learner = lcrisk_testlearner()) {
  lcrisk_cv(y ~ ., learner, folds, data = data, seed = 2, progress = FALSE, ...)
}
pairs_of <- function(...) structure(list(...), class = "lcrisk_folds")

# Fails where the training rows hold the mark, otherwise the test learner
fragile <- function(mark) new_learner("fragile", list(mark = mark))
fit_fragile <- function(learner, x, y, weights, run) {
  if (learner$params$mark %in% x$income) lcrisk_abort("numeric", "broken", "It broke.")
  fit_testlearner(lcrisk_testlearner(), x, y, weights, run)
}
predict_fragile <- function(learner, core, x, run) {
  predict_testlearner(lcrisk_testlearner(), core, x, run)
}
registerS3method("fit_core", "lcrisk_fragile", fit_fragile, envir = asNamespace("lcrisk"))
registerS3method("predict_core", "lcrisk_fragile", predict_fragile,
                 envir = asNamespace("lcrisk"))

test_that("every hostile setting of folds has its defined result", {
  d <- people(60L)
  expect_cases(list(
    case("CVV-01", "k = 1", cv(d, 1), "error input bad_argument"),
    case("CVV-01", "k = 0", cv(d, 0), "error input bad_argument"),
    case("CVV-01", "k = -1", cv(d, -1), "error input bad_argument"),
    case("CVV-01", "k = NA", cv(d, NA), "error input bad_argument"),
    case("CVV-01", "k = n", cv(d[1:30, ], 30), "warning data leave_one_out"),
    case("CVV-01", "k = n + 1", cv(d, 61), "error input bad_argument"),
    case("CVV-01", "k = 2.5", cv(d, 2.5), "error input bad_argument"),
    case("CVV-01", "k as text", cv(d, "5"), "error input bad_argument"),
    case("CVV-02", "more folds than events", cv(d, 50), "error input too_few_events"),
    case("CVV-02", "one class", cv(transform(d, y = 0)), "error input one_class"),
    case("CVV-05", "folds of other data",
         cv(d, pairs_of(list(train = 1:60, test = 61:70))), "error input bad_folds"),
    case("CVV-08", "a row in both parts",
         cv(d, pairs_of(list(train = 1:40, test = 40:60))), "error input bad_folds"),
    case("CVV-08", "no test rows",
         cv(d, pairs_of(list(train = 1:40, test = integer()))), "error input bad_folds"),
    case("TRN-28", "an argument unknown", cv(d, sed = 3), "error input unknown_argument"),
    case("TRN-28", "no data", lcrisk_cv(y ~ ., lcrisk_testlearner()),
         "error input bad_argument"),
    case("AUC-12", "level 1", cv(d, level = 1), "error input bad_argument")
  ))
})

test_that("folds may be named", {
  folds <- pairs_of(a = list(train = 1:200, test = 201:300),
                    b = list(train = 101:300, test = 1:100))
  expect_identical(cv(folds = folds)$predictions, cv(folds = unname(folds))$predictions)
})

test_that("CVV-13: each row is predicted once, out of its fold, without gaps", {
  found <- cv()
  p <- found$predictions
  expect_setequal(p$row, 1:300)
  expect_false(anyDuplicated(p$row) > 0L)
  expect_false(anyNA(p$prob))
  expect_identical(p$truth, people()$y[p$row])
  expect_identical(sort(unique(p$fold)), 1:4)
  expect_identical(found$folds$n_train + found$folds$n_test, rep(300L, 4))
})

test_that("a prediction is that of the model of the other rows", {
  d <- people()
  found <- cv(d)
  for (f in 1:4) {
    rows <- found$predictions[fold == f, row]
    seed <- fold_run(list(seed = found$seed), f)$seed
    model <- lcrisk_train(y ~ ., d[-rows, ], learner = lcrisk_testlearner(), seed = seed,
                          progress = FALSE)
    expect_identical(found$predictions[fold == f, prob], predict(model, d[rows, ]))
    expect_identical(found$folds$fingerprint[f], model_hash(model))
    expect_identical(found$predictions[fold == f, unique(cutoff)], model$cutoff)
  }
})

test_that("metrics are those of each fold's rows and of all", {
  found <- cv()
  expect_setequal(unique(found$metrics$fold), c(1:4, "mean", "pooled"))
  p <- found$predictions
  auc <- function(f) found$metrics[fold == f & metric == "auc", estimate]
  expect_identical(auc("2"), as.numeric(p[fold == 2, lcrisk_auc(truth, prob)]))
  expect_identical(auc("pooled"), as.numeric(p[, lcrisk_auc(truth, prob)]))
  recall <- found$metrics[fold == "pooled" & metric == "recall", estimate]
  expect_equal(recall, p[truth == 1, mean(prob >= cutoff)])
  expect_identical(data.table::as.data.table(found), found$metrics)
})

test_that("CVV-08: poison in a test fold changes nothing that was learned", {
  d <- people()
  folds <- pairs_of(list(train = 1:200, test = 201:300))
  clean <- cv(d, folds)
  poisoned <- d
  poisoned$income[201:300] <- 1e9
  poisoned$home[201:300] <- "POISON"
  poisoned$noise[201:300] <- NA
  poisoned$y[201:250] <- 1L - poisoned$y[201:250]
  expect_warning(sick <- cv(poisoned, folds), class = "lcrisk_warning_schema")
  expect_identical(sick$folds$fingerprint, clean$folds$fingerprint)
  expect_identical(sick$predictions$cutoff, clean$predictions$cutoff)
})

test_that("the same seed gives the same bits on any number of threads", {
  for (learner in list(lcrisk_testlearner(), lcrisk_boost(trees = 5L, folds = 0L))) {
    want <- cv(learner = learner, threads = 1)
    for (threads in c(2, 3, 8)) {
      got <- cv(learner = learner, threads = threads)
      expect_identical(got$predictions, want$predictions)
      expect_identical(got$folds$fingerprint, want$folds$fingerprint)
    }
  }
})

test_that("R's generator is left alone with a seed and moves by one draw without", {
  set.seed(9)
  before <- .Random.seed
  cv()
  expect_identical(.Random.seed, before)
  lcrisk_cv(y ~ ., lcrisk_testlearner(), 3, data = people(), progress = FALSE)
  after <- .Random.seed
  set.seed(9)
  stats::runif(1)
  expect_identical(.Random.seed, after)
})

test_that("a failing fold is reported and the others are kept", {
  d <- people()
  mark <- d$income[5]
  folds <- pairs_of(
    list(train = 1:200, test = 201:300), list(train = 101:300, test = 1:100),
    list(train = c(1:100, 201:300), test = 101:200)
  )
  warning <- expect_warning(found <- cv(d, folds, learner = fragile(mark)),
                            class = "lcrisk_warning_data")
  expect_identical(warning$code, "failed_fold")
  expect_identical(warning$folds, c(1L, 3L))
  expect_identical(is.na(found$folds$error), c(FALSE, TRUE, FALSE))
  expect_setequal(found$predictions$row, 1:100)
  expect_match(format(found)[1], "2 folds failed")
  error <- expect_error(cv(d, folds[1], learner = fragile(mark)),
                        class = "lcrisk_error_numeric")
  expect_identical(error$code, "all_failed")
})

test_that("CVV-12: an interrupted cross-validation hands over the finished folds", {
  d <- people()
  interrupting <- new_learner("interrupting", list(mark = d$income[5]))
  fit <- function(learner, x, y, weights, run) {
    if (learner$params$mark %in% x$income) stop(cancelled_condition())
    fit_testlearner(lcrisk_testlearner(), x, y, weights, run)
  }
  home <- asNamespace("lcrisk")
  registerS3method("fit_core", "lcrisk_interrupting", fit, envir = home)
  registerS3method("predict_core", "lcrisk_interrupting", predict_fragile, envir = home)
  folds <- pairs_of(list(train = 101:300, test = 1:100),
                    list(train = 1:200, test = 201:300))
  error <- expect_error(cv(d, folds, learner = interrupting),
                        class = "lcrisk_error_cancelled")
  expect_setequal(error$finished$row, 1:100)
})

test_that("warnings of the folds come once, naming the folds when not all", {
  d <- people()
  d$gone <- NA
  d$odd <- c(1, rep(NA, 299))
  messages <- character()
  folds <- pairs_of(list(train = 1:200, test = 201:300),
                    list(train = 101:300, test = 1:100))
  withCallingHandlers(cv(d, folds), lcrisk_warning_data = function(w) {
    messages <<- c(messages, conditionMessage(w))
    invokeRestart("muffleWarning")
  })
  expect_length(messages, 2L)
  expect_match(messages, "`gone`", all = TRUE)
  expect_match(messages[1], "Fold 1: ")
})

test_that("repeated folds count each row once in the pooled metrics", {
  d <- people()
  once <- lcrisk_folds(d, k = 3, outcome = "y", seed = 1)
  twice <- lcrisk_folds(d, "repeated", k = 3, repeats = 2, outcome = "y", seed = 1)
  found <- cv(d, twice)
  expect_identical(nrow(found$predictions), 600L)
  mean_prob <- found$predictions[order(row), mean(prob), by = row]$V1
  pooled <- found$metrics[fold == "pooled" & metric == "auc", estimate]
  expect_equal(pooled, as.numeric(lcrisk_auc(d$y, mean_prob)))
  expect_identical(cv(d, once)$predictions[, .N], 300L)
})

test_that("rows of weight 0 are in no fold", {
  d <- people()
  w <- rep(c(1, 0), 150)
  found <- cv(d, weights = w)
  expect_setequal(found$predictions$row, which(w > 0))
  folds <- pairs_of(list(train = 1:200, test = 201:300))
  found <- cv(d, folds, weights = w)
  expect_setequal(found$predictions$row, seq(201, 300, 2))
})

test_that("x and y work as a formula does", {
  d <- people()
  both <- lcrisk_cv(d[names(d) != "y"], lcrisk_testlearner(), 4, y = d$y, seed = 2,
                    progress = FALSE)
  expect_identical(both$predictions, cv(d)$predictions)
})

# Influence curves of the area of one fold, by the definition of LeDell et al. (2015):
# over all pairs, the share of either outcome from the rows of all folds
influence <- function(truth, prob, share) {
  wins <- outer(prob[truth == 1], prob[truth == 0], function(a, b) (a > b) + (a == b) / 2)
  c((rowMeans(wins) - mean(wins)) / share, (colMeans(wins) - mean(wins)) / (1 - share))
}

test_that("the mean area has the influence-curve interval of LeDell et al.", {
  d <- people(1200L)
  d$y[seq(1, 1200, 7)] <- 1L - d$y[seq(1, 1200, 7)]
  found <- cv(d, folds = 5)
  p <- found$predictions
  mean <- found$metrics[fold == "mean" & metric == "auc"]
  each <- found$metrics[fold %in% 1:5 & metric == "auc", estimate]
  expect_equal(mean$estimate, mean(each))
  square <- vapply(1:5, function(f) {
    part <- p[fold == f]
    mean(influence(part$truth, part$prob, mean(d$y))^2)
  }, 0)
  expect_equal(mean$se, sqrt(mean(square) / 1200), tolerance = 0.005)
  reach <- qnorm(0.975) * mean$se / (mean$estimate * (1 - mean$estimate))
  expect_equal(c(mean$lower, mean$upper),
               plogis(qlogis(mean$estimate) + c(-reach, reach)))
  gini <- found$metrics[fold == "mean" & metric == "gini"]
  expect_equal(c(gini$lower, gini$upper), 2 * c(mean$lower, mean$upper) - 1)
  # of a mean over rows: the variance within the folds (Bayle et al. 2020)
  loss <- (p$prob - p$truth)^2
  within <- mean(tapply(loss, p$fold, var))
  brier <- found$metrics[fold == "mean" & metric == "brier"]
  expect_equal(brier$se, sqrt(within / 1200), tolerance = 0.005)
})

test_that("repeated folds get the corrected resampled t of Nadeau and Bengio", {
  d <- people()
  folds <- lcrisk_folds(d, "repeated", k = 3, repeats = 4, outcome = "y", seed = 1)
  found <- cv(d, folds)
  expect_identical(found$type, "repeated")
  each <- found$metrics[fold %in% 1:12 & metric == "brier", estimate]
  mean <- found$metrics[fold == "mean" & metric == "brier"]
  se <- sqrt((1 / 12 + 100 / 200) * var(each))
  expect_equal(mean$se, se)
  expect_equal(c(mean$lower, mean$upper), mean(each) + c(-1, 1) * qt(0.975, 11) * se)
  # repeating makes the split's luck smaller, not that of the rows
  once <- cv(d, lcrisk_folds(d, k = 3, outcome = "y", seed = 1))
  expect_gt(mean$se, 0.5 * once$metrics[fold == "mean" & metric == "brier", se])
})

test_that("vintages are a sample of vintages", {
  frame <- few_frame(600L)
  folds <- lcrisk_folds(frame, "rolling", k = 4, gap = 2)
  found <- lcrisk_cv(frame, lcrisk_testlearner(), folds, seed = 1, progress = FALSE)
  each <- found$metrics[fold %in% 1:4 & metric == "auc", estimate]
  mean <- found$metrics[fold == "mean" & metric == "auc"]
  expect_equal(mean$se, sd(each) / 2)
  expect_equal(mean$upper, min(1, mean(each) + qt(0.975, 3) * sd(each) / 2))
  expect_setequal(found$predictions$row, unlist(lapply(folds, `[[`, "test")))
})

test_that("in grouped folds whole groups are resampled", {
  # each row eight times: as many facts as rows before
  d <- people(240L)
  eight <- d[rep(1:240, each = 8), ]
  eight$who <- rep(1:240, each = 8)
  folds <- lcrisk_folds(eight, "grouped", group = "who", k = 4, outcome = "y", seed = 1)
  rows <- eight[names(d)]
  found <- cv(rows, folds)$metrics
  loose <- cv(rows, lapply(unclass(folds), identity))$metrics
  for (part in c("1", "mean", "pooled")) {
    for (name in c("brier", "auc", "recall")) {
      se <- function(x) x[fold == part & metric == name, se]
      expect_equal(se(found) / se(loose), sqrt(8), tolerance = 0.3,
                   info = paste(part, name))
    }
  }
  expect_match(found[fold == "pooled" & metric == "auc", method], "block")
})

test_that("metrics of one's own stand beside ours", {
  own <- list(mean_prob = function(truth, prob) mean(prob),
              rows = function(truth, prob) length(truth))
  found <- cv(metrics = own)
  p <- found$predictions
  mine <- found$metrics[metric == "mean_prob"]
  expect_identical(mine$fold, c(1:4, "mean", "pooled"))
  expect_equal(mine[fold == "2", estimate], p[fold == 2, mean(prob)])
  expect_equal(mine[fold == "pooled", estimate], mean(p$prob))
  expect_true(is.na(mine[fold == "pooled", lower]))
  expect_true(all(is.finite(mine[fold == "mean", c(lower, upper)])))
  expect_identical(found$metrics[metric == "rows" & fold == "pooled", estimate], 300)
})

test_that("CVV-09: a metric that fails is named with its fold, the rest is kept", {
  bad <- function(metric) cv(metrics = list(odd = metric, fine = function(t, p) mean(p)))
  expect_cases(list(
    case("CVV-09", "NA", bad(function(t, p) NA_real_), "error input bad_metric"),
    case("CVV-09", "NULL", bad(function(t, p) NULL), "error input bad_metric"),
    case("CVV-09", "length 2", bad(function(t, p) range(p)), "error input bad_metric"),
    case("CVV-09", "text", bad(function(t, p) "0.7"), "error input bad_metric"),
    case("CVV-09", "an error", bad(function(t, p) stop("no")), "error input bad_metric"),
    case("CVV-09", "infinite", bad(function(t, p) Inf), "error input bad_metric"),
    case("CVV-09", "prints", utils::capture.output(bad(function(t, p) {
      print("hello")
      mean(p)
    })), "ok"),
    case("CVV-09", "no function", cv(metrics = list(a = 1)), "error input bad_argument"),
    case("CVV-09", "no name", cv(metrics = list(mean)), "error input bad_argument"),
    case("CVV-09", "a name taken", cv(metrics = list(auc = function(t, p) 1)),
         "error input bad_argument")
  ))
  third <- cv()$predictions[fold == 3]
  picky <- function(t, p) if (identical(p, third$prob)) stop("no") else 1
  error <- expect_error(bad(picky), class = "lcrisk_error_input")
  expect_identical(error$metric, "odd")
  expect_identical(error$fold, "3")
  expect_match(conditionMessage(error), "`odd` on fold 3 failed: no")
  kept <- error$finished
  expect_s3_class(kept, "lcrisk_resample")
  expect_false("odd" %in% kept$metrics$metric)
  expect_identical(kept$predictions, cv()$predictions)
  expect_identical(sum(kept$metrics$metric == "fine"), 6L)
})

test_that("a cross-validation prints in ten lines", {
  found <- cv()
  lines <- format(found)
  expect_lte(length(lines), 10L)
  expect_match(lines[1], "testlearner: 4 folds, 300 predictions, y = 1")
  expect_output(expect_identical(print(found), found), "pooled (95 % interval)",
                fixed = TRUE)
})

# Rows that are judged must not reach balancing. Each row carries a mark of its own, its
# number, in a column that SMOTE can only mix, and a spy in the place of a learner notes
# what it is given.
test_that("SMT-14: balancing never touches rows that are judged", {
  spied <- new.env()
  fit_spy <- function(learner, x, y, weights, run) {
    spied$x[[length(spied$x) + 1L]] <- x
    fit_testlearner(lcrisk_testlearner(), x, y, weights, run)
  }
  home <- asNamespace("lcrisk")
  registerS3method("fit_core", "lcrisk_spy", fit_spy, envir = home)
  registerS3method("predict_core", "lcrisk_spy", predict_fragile, envir = home)
  d <- people(300L)
  d$y <- as.integer(seq_len(300L) %% 5L == 0L)
  d$mark <- seq_len(300L) + 0.5  # halves: synthetic values are mixtures of two marks
  specs <- list(lcrisk_smote(k = 3), lcrisk_smote(kind = "safe"), lcrisk_undersample(),
                lcrisk_oversample(),
                c(lcrisk_smote(), lcrisk_clean("enn", remove = "both")))
  for (spec in specs) {
    spied$x <- list()
    found <- cv(d, learner = new_learner("spy", list()), balance = spec)
    expect_setequal(found$predictions$row, 1:300)
    expect_false(anyDuplicated(found$predictions$row) > 0L)
    expect_identical(found$predictions$truth, d$y[found$predictions$row])
    for (f in 1:4) {
      judged <- found$predictions[fold == f, row]
      given <- spied$x[[f]]$mark
      expect_length(intersect(given, d$mark[judged]), 0L)
      # what a synthetic row mixes are marks of training events, so it lies in their hull
      events <- setdiff(which(d$y == 1L), judged)
      made <- setdiff(given, d$mark)
      expect_true(all(made >= min(d$mark[events]) & made <= max(d$mark[events])))
    }
  }
  # rows judged may hold anything: no training row, real or synthetic, changes by a bit
  folds <- lcrisk_folds(d, k = 4, outcome = "y", seed = 1)
  spied$x <- list()
  cv(d, folds, learner = new_learner("spy", list()), balance = "smote")
  clean <- spied$x[[2L]]
  poisoned <- d
  poisoned$income[folds[[2L]]$test] <- 1e9
  poisoned$noise[folds[[2L]]$test] <- NA
  spied$x <- list()
  suppressWarnings(cv(poisoned, folds, learner = new_learner("spy", list()),
                      balance = "smote"))
  expect_identical(spied$x[[2L]], clean)
})

test_that("after a formula the data are named, and the error says so", {
  d <- people()
  for (call in expression(lcrisk_cv(y ~ ., d), lcrisk_compare(y ~ ., d))) {
    error <- expect_error(eval(call), class = "lcrisk_error_input")
    expect_match(error$cure, "`data =`", fixed = TRUE)
  }
  for (call in expression(lcrisk_cv(y ~ ., "logit"), lcrisk_compare(y ~ ., "logit"))) {
    error <- expect_error(eval(call), class = "lcrisk_error_input")
    expect_identical(error$arg, "data")
  }
})
