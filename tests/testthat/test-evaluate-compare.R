graded <- function(n, start = 0L) {
  d <- contract_rows(n, start)
  d$sub_grade <- factor(sprintf("%s%d", LETTERS[1L + (800L - d$score) %/% 40L],
                                1L + (d$score %/% 8L) %% 5L))
  d
}
train <- graded(400L)
test <- graded(300L, 9000L)
two <- list(plain = lcrisk_testlearner(), smooth = lcrisk_testlearner(smooth = 50))
compare <- function(learners = two, ..., data = train, formula = y ~ . - sub_grade) {
  lcrisk_compare(formula, learners, data = data, seed = 4, progress = FALSE, ...)
}

test_that("each row says what evaluating that learner on the test rows says", {
  found <- compare(test = test)
  expect_s3_class(found, c("lcrisk_comparison", "data.table"))
  expect_identical(found$learner, c("plain", "smooth", "sub_grade"))
  for (name in names(two)) {
    model <- lcrisk_train(y ~ . - sub_grade, train, learner = two[[name]], seed = 4,
                          progress = FALSE)
    expect_identical(attr(found, "models")[[name]]$fingerprint, model$fingerprint)
    metrics <- lcrisk_evaluate(model, test)
    for (metric in c("auc", "ks", "brier", "recall", "precision", "f1")) {
      expect_identical(found[[metric]][found$learner == name],
                       metrics$estimate[metrics$metric == metric], info = metric)
    }
    expect_identical(attr(found, "predictions")[[name]], predict(model, test))
  }
  expect_identical(attr(found, "n_judged"), 300L)
})

test_that("the benchmark's area is that of its ranks, fitted on training rows only", {
  found <- compare(test = test)
  want <- as.numeric(lcrisk_auc(test$y, as.integer(test$sub_grade)))
  expect_identical(found[learner == "sub_grade", auc], want)
  poisoned <- test
  poisoned$y <- 1L - poisoned$y
  again <- suppressWarnings(compare(test = poisoned))  # one has a distance of 0
  expect_identical(attr(again, "predictions")$sub_grade,
                   attr(found, "predictions")$sub_grade)
  text <- transform(train, sub_grade = as.character(sub_grade))
  text_test <- transform(test, sub_grade = as.character(sub_grade))
  by_text <- compare(data = text, test = text_test)
  expect_identical(by_text[learner == "sub_grade", auc], want)
  by_number <- compare(test = test, reference = "score", formula = y ~ income + home)
  expect_identical(by_number[learner == "score", auc],
                   as.numeric(lcrisk_auc(test$y, -test$score)))
})

test_that("the benchmark is the maximum likelihood fit of a logistic on the rank", {
  rank <- as.double(as.integer(train$sub_grade))
  core <- fit_core(new_learner("rank", list()), list(rank = rank), train$y, NULL,
                   new_run(1, 2L))
  link <- predict_core(new_learner("rank", list()), core, list(rank = rank), NULL)
  by_glm <- stats::glm(train$y ~ rank, family = stats::binomial())
  expect_equal(link, unname(by_glm$linear.predictors), tolerance = 1e-6)
  apart <- list(rank = as.double(train$y))
  expect_error(
    fit_core(new_learner("rank", list()), apart, train$y, NULL, new_run(1, 1L)),
    class = "lcrisk_error_numeric"
  )
  none <- predict_core(new_learner("rank", list()), core, list(rank = NA_real_), NULL)
  expect_identical(none, core$line[["intercept"]])
})

test_that("differences are DeLong's paired test, adjusted by Holm", {
  found <- compare(test = test)
  p <- attr(found, "predictions")
  tests <- lapply(p[, c("plain", "smooth")], lcrisk_roc_test, truth = p$truth,
                  prob2 = p$sub_grade)
  expect_identical(found$difference, c(tests[[1]]$difference, tests[[2]]$difference, NA))
  raw <- vapply(tests, `[[`, 0, "p_value", USE.NAMES = FALSE)
  expect_identical(found$p_value, c(stats::p.adjust(raw, "holm"), NA))
  against <- compare(test = test, reference = "smooth")
  expect_identical(against$learner, c("plain", "smooth"))
  expect_true(is.na(against[learner == "smooth", p_value]))
  bare <- compare(data = train[names(train) != "sub_grade"], formula = y ~ .,
                  test = test[names(test) != "sub_grade"])
  expect_identical(attr(bare, "reference"), "plain")
})

test_that("without a test set all are cross-validated on the same folds", {
  found <- compare(folds = 3)
  p <- attr(found, "predictions")
  expect_identical(p$row, seq_len(400L))
  expect_false(anyNA(p))
  alone <- lcrisk_cv(y ~ . - sub_grade, two$smooth, 3, data = train, seed = 4,
                     progress = FALSE)
  expect_identical(p$smooth[alone$predictions$row], alone$predictions$prob)
  pooled <- alone$metrics[fold == "pooled"]
  expect_identical(found[learner == "smooth", brier], pooled[metric == "brier", estimate])
})

test_that("a row does not depend on what else is compared, nor on threads", {
  both <- data.table::as.data.table(compare(test = test))
  one <- data.table::as.data.table(compare(two["smooth"], test = test, threads = 3))
  same <- setdiff(names(both), c("seconds", "memory", "p_value"))
  expect_equal(both[2:3, ..same], one[, ..same], tolerance = 0)
})

test_that("one failing learner leaves the others", {
  broken <- new_learner("unheard_of", list())
  warning <- expect_warning(found <- compare(c(two, broken = list(broken)), test = test),
                            class = "lcrisk_warning_data")
  expect_identical(warning$code, "failed_learner")
  expect_true(is.na(found[learner == "broken", auc]))
  expect_false(anyNA(found[learner != "broken", auc]))
  expect_true(any(grepl("broken +- ", format(found))))
})

test_that("a warning of all learners comes once, one of some names them", {
  gone <- cbind(train, gone = NA)
  said <- character()
  withCallingHandlers(compare(data = gone, test = cbind(test, gone = NA)),
                      lcrisk_warning_data = function(w) {
    said <<- c(said, conditionMessage(w))
    invokeRestart("muffleWarning")
  })
  expect_length(said, 1L)
  expect_match(said, "^1 feature left out")
})

test_that("frames that share loans are not compared", {
  frame <- function(d, id) {
    new_frame(c(list(id = id), as.list(d)), c(id = "id", stats::setNames(
      ifelse(names(d) == "y", "outcome", "feature"), names(d))))
  }
  a <- frame(train[names(train) != "sub_grade"], 1:400)
  b <- frame(test[names(test) != "sub_grade"], 401:700)
  shared <- frame(test[names(test) != "sub_grade"], 400:699)
  call <- function(b) lcrisk_compare(a, two, test = b, seed = 4, progress = FALSE,
                                     audit = FALSE)
  expect_identical(nrow(call(b)), 2L)
  error <- expect_error(call(shared), class = "lcrisk_error_input")
  expect_identical(error$code, "test_in_training")
})

test_that("learners are names, specifications or a named list", {
  expect_named(resolve_learners(c("boost", "boost")), c("boost", "boost 1"))
  expect_named(resolve_learners(lcrisk_testlearner()), "testlearner")
  expect_named(resolve_learners(list(a = "boost", lcrisk_testlearner())),
               c("a", "testlearner"))
})

test_that("x and y need test_y, and get the same figures", {
  x <- function(d) d[!names(d) %in% c("y", "sub_grade")]
  found <- lcrisk_compare(x(train), two, test = x(test), y = train$y, test_y = test$y,
                          seed = 4, progress = FALSE)
  expect_identical(found$auc, compare(test = test)$auc[1:2])
})

test_that("every hostile input to lcrisk_compare() has its defined result", {
  expect_cases(list(
    case("CMP-01", "no learners", compare(character()), "error input bad_argument"),
    case("CMP-02", "an unknown learner", compare("bost"), "error input bad_choice"),
    case("CMP-03", "something else", compare(3), "error input bad_argument"),
    case("CMP-04", "an unknown reference", compare(reference = "grades"),
         "error schema missing_column"),
    case("CMP-05", "a reference that cannot rank",
         compare(data = cbind(train, day = Sys.Date()), reference = "day",
                 test = cbind(test, day = Sys.Date()), formula = y ~ . - day),
         "error schema bad_column"),
    case("CMP-06", "a test set without outcome", compare(test = test["home"]),
         "error schema missing_column"),
    case("CMP-07", "a test set without features", compare(test = test["y"]),
         "error schema all_failed"),
    case("CMP-08", "an argument unknown", compare(tset = test),
         "error input unknown_argument")
  ))
})

test_that("a comparison prints a short table, plots, and survives being cut", {
  found <- compare(test = test)
  lines <- format(found)
  expect_lte(length(lines), 10L + nrow(found))
  expect_match(lines[1], "trained on 400 rows, judged on 300 rows")
  expect_length(unique(nchar(lines[2:5])), 1L)
  expect_output(expect_identical(print(found), found), "DeLong")
  cut <- found[, .(learner, auc)]
  expect_output(print(cut), "plain")
  expect_identical(class(data.table::as.data.table(found)), c("data.table", "data.frame"))
  file <- tempfile(fileext = ".pdf")
  grDevices::pdf(file)
  on.exit(unlink(file))
  expect_identical(plot(found), found)
  grDevices::dev.off()
})

test_that("learners stand beside themselves with balanced rows, price included", {
  d <- contract_rows(700L)
  d$y <- as.integer(d$y == 1L & seq_len(700L) %% 3L == 0L)
  ways <- list(lcrisk_smote(), fewer = lcrisk_undersample())
  found <- lcrisk_compare(y ~ ., "logit", data = d[1:500, ], test = d[501:700, ],
                          balance = ways, seed = 3, progress = FALSE)
  expect_identical(found$learner, c("logit", "logit + smote", "logit + fewer"))
  expect_identical(found$balance, c("none", "smote", "fewer"))
  model <- lcrisk_train(y ~ ., d[1:500, ], learner = "logit", balance = "smote", seed = 3)
  prob <- predict(model, d[501:700, ])
  expect_identical(attr(found, "predictions")[["logit + smote"]], prob)
  expect_identical(found$mean_prob[2L], mean(prob))
  balanced <- attr(found, "models")[["logit + smote"]]
  expect_identical(balanced$fingerprint, model$fingerprint)
  raw <- lcrisk_compare(y ~ ., "logit", data = d[1:500, ], test = d[501:700, ],
                        balance = "undersample", calibrate = "none", seed = 3)
  expect_gt(raw$mean_prob[2L], 1.5 * raw$mean_prob[1L])
  expect_lt(abs(found$mean_prob[3L] - raw$mean_prob[1L]), 0.05)
  expect_output(print(found), "logit \\+ smote.*mean|mean.*logit \\+ smote")
  crossed <- lcrisk_compare(y ~ ., "logit", folds = 3, data = d, balance = "smote",
                            seed = 3)
  expect_identical(crossed$learner, c("logit", "logit + smote"))
  expect_setequal(attr(crossed, "predictions")$row, 1:700)
  expect_error(lcrisk_compare(y ~ ., "logit", data = d, balance = list("smoot")),
               class = "lcrisk_error_input")
})

test_that("every metric has its interval, and memory and time are told", {
  found <- compare(test = test)
  all <- summary(found)
  expect_setequal(all$learner, found$learner)
  metrics <- lcrisk_metrics(test$y, attr(found, "predictions")$plain)
  expect_setequal(all$metric, metrics$metric)
  mine <- all[all$learner == "plain" & all$metric == "auc"]
  expect_identical(c(mine$lower, mine$upper), c(found$auc_lower[1L], found$auc_upper[1L]))
  expect_true(all(found$seconds >= 0))
  expect_true(all(is.na(found$memory) | found$memory >= 0))
})

test_that("peak memory counts what is allocated and given back", {
  before <- reset_peak()
  skip_if(is.na(before), "this system does not tell")
  x <- double(2e7)
  x[seq(1, 2e7, by = 500)] <- 1
  size <- 160
  rm(x)
  gc()
  expect_gt(peak_above(before), 0.6 * size)
})

test_that("a comparison knits to a table with a caption", {
  skip_if_not_installed("knitr")
  found <- compare(test = test)
  text <- knitr::knit_print(found)
  expect_s3_class(text, "knit_asis")
  lines <- strsplit(as.character(text), "\n")[[1L]]
  expect_identical(sum(startsWith(lines, "|")), 2L + nrow(found))
  expect_match(as.character(text), "Trained on 400 rows.*Holm")
  expect_match(as.character(text), "|sub_grade", fixed = TRUE)
})
