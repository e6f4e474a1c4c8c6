# Simulated loans, as features
simulated_frame <- function(n, seed) {
  loans <- lcrisk_simulate(n, seed = seed)
  suppressWarnings(lcrisk_features(lcrisk_outcome(loans, rule = "resolved")))
}

# Directions that lenders expect, for the features that are numbers
directions_of <- c(
  fico_mid = -1, log_income = -1, dti = 1, inq_last_6mths = 1, revol_util = 1,
  loan_to_income = 1, delinq_2yrs = 1, pub_rec = 1, credit_age = -1, loan_amnt = 1
)

few_texts <- function(...) {
  data.frame(feature = c(...), reason = c(...), label = paste("label of", c(...)),
             high = paste(c(...), "is high"), low = paste(c(...), "is low"),
             missing = paste(c(...), "is missing"), change = "yes")
}

test_that("every feature has its words, and no two reasons share them", {
  texts <- lcrisk_schema("reasons")
  expect_setequal(texts$feature, names(feature_table("include")))
  expect_identical(anyDuplicated(texts$feature), 0L)
  words <- c(texts$high, texts$low, texts$missing)
  words <- words[nzchar(words)]
  expect_identical(words[duplicated(words)], character())
  expect_true(all(nzchar(texts$label)) && all(nzchar(texts$missing)))
  expect_true(all(texts$change %in% c("yes", "no")))
  levels <- c("purpose", "home_ownership", "verification_status")
  expect_setequal(texts$feature[!nzchar(texts$high)], levels)
})

test_that("100,000 declines: adverse, known, not repeated, consistent when restored", {
  frame <- simulated_frame(15000, 1)
  features <- c(names(directions_of), "emp_years", "delinq_recency")
  frame <- as.data.frame(frame)[c("default", features)]
  train <- frame[1:6000, ]
  learner <- lcrisk_boost(trees = 80, rate = 0.15, folds = 0, monotone = directions_of)
  model <- lcrisk_train(default ~ ., train, learner = learner, seed = 1, audit = FALSE)
  many <- frame[rep(seq_len(nrow(frame)), length.out = 100000L), ]
  got <- lcrisk_reasons(model, many, cutoff = 0, counterfactual = FALSE)
  loans <- attr(got, "loans")
  expect_true(all(loans$declined))
  expect_identical(loans$n_reasons, tabulate(got$row, 100000L))
  expect_true(all(loans$n_reasons <= 4L) && mean(loans$n_reasons > 0) > 0.95)

  expect_true(all(got$contribution > 0))
  expect_true(all(got$restored < loans$prob[got$row]))
  expect_identical(anyDuplicated(got, by = c("row", "reason")), 0L)
  expect_identical(anyDuplicated(got, by = c("row", "text")), 0L)
  texts <- lcrisk_schema("reasons")
  known <- c(texts$label, texts$high, texts$low, texts$missing)
  expect_true(all(got$text %in% known))
  expect_true(all(got$feature %in% model$blueprint$features))
  by_loan <- got[order(got$row, got$rank), ]
  expect_identical(by_loan$rank, sequence(loans$n_reasons[loans$n_reasons > 0]))
  expect_true(all(diff(by_loan$contribution)[diff(by_loan$row) == 0] <= 0))

  # an independent look: the top reason's features put to the typical applicant's
  top <- got[got$rank == 1L, ]
  typical <- typical_applicant(NULL, model, model$cutoff, new_run(0, 1))
  restored <- many[top$row, ]
  used <- reason_texts(NULL, model)
  for (reason in unique(top$reason)) {
    at <- which(top$reason == reason)
    for (name in used$feature[used$reason == reason]) {
      restored[[name]][at] <- typical[[name]]
    }
  }
  better <- predict(model, restored) < loans$prob[top$row]
  expect_gte(mean(better), 0.999)
  expect_equal(top$restored, predict(model, restored), tolerance = 1e-9)

  # and no field is cited that is no worse than the typical one
  for (name in names(directions_of)) {
    mine <- got[got$feature == name, ]
    alone <- sum(used$reason == used$reason[used$feature == name]) == 1L
    if (!nrow(mine) || !alone) next
    value <- many[[name]][mine$row]
    worse <- directions_of[[name]] * (value - typical[[name]]) > 0
    expect_true(all(worse[!is.na(value)]), info = name)
  }
})

test_that("contributions of all reasons add up to the difference from the reference", {
  frame <- simulated_frame(3000, 2)
  for (learner in list(lcrisk_boost(trees = 60, folds = 2), lcrisk_logit(),
                       lcrisk_blend(list("logit",
                                         lcrisk_boost(trees = 20, folds = 0))))) {
    model <- suppressWarnings(lcrisk_train(frame, learner = learner, seed = 1))
    x <- model_columns(model, frame[1:200, ])
    run <- new_run(0, 2)
    typical <- typical_applicant(NULL, model, model$cutoff, run)
    texts <- reason_texts(NULL, model)
    player <- texts$player
    found <- versus_core(model$learner, model$core, x, typical, player, max(player), run)
    difference <- raw_link(model, x, run) - raw_link(model, typical, run)
    expect_lt(max(abs(rowSums(found$value) - difference)), 1e-9)
    # restoring one reason is what feeding the typical values does
    k <- player[match("fico_mid", texts$feature)]
    x[["fico_mid"]][] <- typical[["fico_mid"]]
    expect_equal(found$restored[, k],
                 difference + raw_link(model, typical, run) - raw_link(model, x, run),
                 tolerance = 1e-9)
  }
})

test_that("sampled comparisons add up and act by reason", {
  set.seed(3)
  data <- data.frame(a = rnorm(500), b = rnorm(500), c = rnorm(500))
  data$y <- as.integer(runif(500) < plogis(data$a + data$b))
  model <- lcrisk_train(y ~ ., data, learner = lcrisk_testlearner(), seed = 1)
  texts <- few_texts("a", "b", "c")
  texts$reason <- c("ab", "ab", "c")
  got <- lcrisk_reasons(model, data, cutoff = 0, texts = texts, counterfactual = FALSE)
  expect_true(all(got$reason %in% c("ab", "c")))
  x <- model_columns(model, data)
  run <- new_run(0, 1)
  typical <- typical_applicant(NULL, model, 0.5, run)
  found <- versus_core(model$learner, model$core, x, typical, c(1L, 1L, 2L), 2L, run)
  expect_equal(rowSums(found$value),
               raw_link(model, x, run) - raw_link(model, typical, run))
  # additive: the value is what restoring takes away
  expect_equal(found$value, found$restored, tolerance = 1e-9)
})

test_that("reasons are the linear model's own differences", {
  set.seed(4)
  data <- data.frame(one = sample(0:1, 400, TRUE), two = runif(400), three = rnorm(400))
  data$y <- as.integer(runif(400) < plogis(-0.5 + data$three + data$two))
  model <- lcrisk_train(y ~ ., data, learner = "logit", seed = 1)
  texts <- few_texts("two", "three", "one")
  typical <- data.frame(one = 0, two = 0, three = 0)
  got <- lcrisk_reasons(model, data[1:50, ], cutoff = 0, reference = typical,
                        texts = texts, counterfactual = FALSE)
  shap <- lcrisk_shap(model, rbind(data[1:50, 1:3], typical))$contributions
  difference <- shap[cbind(got$row, match(got$feature, colnames(shap)))] -
    shap[51L, got$feature]
  expect_equal(got$contribution, unname(difference), tolerance = 1e-12)
  expect_gt(nrow(got), 50L)
  expect_match(got$text[got$feature == "three"][1L], "three is high")
})

test_that("equal contributions stand in the order of the table, at most four of them", {
  tied <- function(learner, core, x, reference, player, n_players, run) {
    value <- matrix(c(1, 2, 1, -1, 1, 1), 2L, 6L, byrow = TRUE)[, seq_len(n_players)]
    list(value = value, restored = value)
  }
  registerS3method("versus_core", "lcrisk_tied", tied, envir = asNamespace("lcrisk"))
  model <- list(learner = structure(list(), class = "lcrisk_tied"), core = NULL)
  texts <- data.table::as.data.table(few_texts(letters[1:6]))
  texts$player <- 1:6
  x <- stats::setNames(rep(list(c(1, 2)), 6L), letters[1:6])
  got <- cite_block(model, x, NULL, texts, 4L, NULL)
  expect_identical(got$player, rep(c(2L, 1L, 3L, 5L), 2L))
  expect_identical(got$rank, rep(1:4, 2L))
  expect_identical(got$loan, rep(1:2, each = 4L))
})

test_that("the smallest change is enough, and nothing nearer in that field is", {
  frame <- simulated_frame(3000, 5)
  model <- suppressWarnings(lcrisk_train(frame,
                                         learner = lcrisk_boost(trees = 60, folds = 0),
                                         seed = 1))
  got <- lcrisk_reasons(model, frame[1:600, ])
  loans <- attr(got, "loans")
  expect_identical(is.na(loans$change), !loans$declined)
  told <- grep("instead of", loans$change)
  expect_gt(length(told), 20L)
  x <- model_columns(model, frame[1:600, ])
  texts <- reason_texts(NULL, model)
  run <- new_run(0, 2)
  found <- change_of(model, rows_of(x, which(loans$declined)), "loan_amnt", model$cutoff,
                     model$blueprint$reference, run)
  declined <- frame[which(loans$declined), ]
  could <- which(is.finite(found$size))
  expect_gt(length(could), 10L)
  changed <- declined[could, ]
  changed$loan_amnt <- found$value[could]
  expect_true(all(predict(model, changed) < model$cutoff))
  values <- sort(unique(model$blueprint$reference$cuts$loan_amnt))
  for (i in could[1:10]) {
    between <- values[values > min(found$value[i], declined$loan_amnt[i]) &
                        values < max(found$value[i], declined$loan_amnt[i])]
    if (!length(between)) next
    tried <- declined[rep(i, length(between)), ]
    tried$loan_amnt <- between
    expect_true(all(predict(model, tried) >= model$cutoff))
  }
})

test_that("odd loans and models get an answer", {
  set.seed(6)
  data <- data.frame(a = rnorm(300), home = factor(sample(c("OWN", "RENT"), 300, TRUE)))
  data$y <- as.integer(runif(300) < plogis(data$a))
  model <- lcrisk_train(y ~ ., data, learner = lcrisk_boost(trees = 20, folds = 0),
                        seed = 1)
  texts <- few_texts("a", "home")
  missing <- data[1, ]
  missing[] <- NA
  got <- lcrisk_reasons(model, missing, cutoff = 0, texts = texts)
  expect_true(nrow(got) <= 2L)
  typical <- typical_columns(model$blueprint$reference$typical, model$blueprint)
  same <- data.frame(a = typical$a, home = typical$home)
  none <- lcrisk_reasons(model, same, cutoff = 0, texts = texts)
  expect_identical(nrow(none), 0L)
  expect_identical(attr(none, "loans")$n_reasons, 0L)
  expect_match(format(none), "no field alone is worse", all = FALSE)
  expect_identical(nrow(lcrisk_reasons(model, data[0, ], texts = texts)), 0L)
  approved <- lcrisk_reasons(model, data, cutoff = 1, texts = texts)
  expect_identical(nrow(approved), 0L)
  single <- lcrisk_train(y ~ a, data, learner = "logit", seed = 1)
  one <- lcrisk_reasons(single, data, texts = texts)
  expect_true(all(one$rank == 1L))
  alone <- lcrisk_reasons(model, data[7, ], cutoff = 0, texts = texts)
  all <- lcrisk_reasons(model, data, cutoff = 0, texts = texts)
  expect_identical(alone$contribution, all$contribution[all$row == 7L])
  shifted <- lcrisk_calibrate(model, method = "prior", from = 0.5, to = 0.2)
  moved <- lcrisk_reasons(shifted, data, cutoff = 0, texts = texts)
  expect_identical(moved$contribution, all$contribution)
  expect_equal(qlogis(moved$restored), qlogis(all$restored) + qlogis(0.2),
               tolerance = 1e-9)
})

test_that("the reference is part of the model and its fingerprint", {
  set.seed(7)
  data <- data.frame(a = c(NA, rnorm(399)), home = sample(c("OWN", "RENT"), 400, TRUE))
  data$y <- as.integer(runif(400) < plogis(replace(data$a, 1, 0)))
  model <- lcrisk_train(y ~ ., data, learner = "logit", seed = 1)
  approved <- predict(model, data) < model$cutoff
  kept <- model$blueprint$reference
  expect_identical(kept$typical$a, quantile(data$a[approved], 0.5, type = 1, na.rm = TRUE,
                                            names = FALSE))
  expect_identical(kept$typical$home, names(which.max(table(data$home[approved]))))
  expect_identical(kept$approved, mean(approved))
  expect_identical(sum(kept$counts$a), 400L)
  expect_identical(kept$counts$a[1L], 1L)
  edited <- model
  edited$blueprint$reference$typical$a <- 5
  expect_error(lcrisk_reasons(edited, data, texts = few_texts("a", "home")),
               class = "lcrisk_error_model")
})

test_that("wrong settings are refused by class", {
  set.seed(8)
  data <- data.frame(a = rnorm(200), b = rnorm(200))
  data$y <- as.integer(runif(200) < plogis(data$a))
  model <- lcrisk_train(y ~ ., data, learner = "logit", seed = 1)
  texts <- few_texts("a", "b")
  expect_error(lcrisk_reasons(model, data), class = "lcrisk_error_model")
  expect_error(lcrisk_reasons(model, data, texts = texts[1, ]),
               class = "lcrisk_error_model")
  expect_error(lcrisk_reasons(model, data, texts = texts[-1]),
               class = "lcrisk_error_schema")
  expect_error(lcrisk_reasons(model, data, texts = rbind(texts, texts)),
               class = "lcrisk_error_input")
  for (wrong in list(list(cutoff = 2), list(cutof = 0.5), list(most = 0),
                     list(counterfactual = NA),
                     list(cutoff = 0, reference = data))) {
    expect_error(do.call(lcrisk_reasons, c(list(model, data, texts = texts), wrong)),
                 class = "lcrisk_error_input")
  }
})

test_that("amounts are said as amounts where the feature is their logarithm", {
  expect_identical(spoken_value(log(60000), "log_income"), "60000")
  expect_identical(spoken_value(log1p(c(0, 1250, NA)), "log_revol_bal"),
                   c("0", "1250", "missing"))
  expect_identical(spoken_value(700, "fico_mid"), "700")
  expect_identical(spoken_value(2, "a column of one's own"), "2")
  expect_identical(spoken_value(factor("car"), "purpose"), "car")
})
