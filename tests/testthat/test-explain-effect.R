effect_data <- function(n, seed) {
  set.seed(seed)
  data <- data.frame(
    a = rnorm(n), b = replace(runif(n), runif(n) < 0.1, NA), count = sample(5, n, TRUE),
    home = factor(replace(sample(c("OWN", "RENT", "OTHER"), n, TRUE), runif(n) < 0.1,
                          NA)),
    size = factor(sample(c("S", "M", "L"), n, TRUE), c("S", "M", "L"), ordered = TRUE)
  )
  score <- -1 + data$a + data$a * (data$home %in% "RENT") + as.integer(data$size) / 2
  data$y <- as.integer(runif(n) < plogis(score))
  data
}

models_of <- function(data) {
  learners <- list(boost = lcrisk_boost(trees = 40, rate = 0.2, folds = 2),
                   logit = lcrisk_logit())
  lapply(learners,
         function(learner) lcrisk_train(y ~ ., data, learner = learner, seed = 1))
}

test_that("partial dependence is the mean prediction with the value in all rows", {
  data <- effect_data(700L, 1)
  for (model in models_of(data)) {
    for (feature in c("a", "b", "home", "size", "count")) {
      got <- lcrisk_effect(model, data, feature, points = 7, type = "ice")
      expect_identical(sum(got$n), 700L)
      for (i in seq_len(nrow(got))) {
        changed <- data
        changed[[feature]][] <- got$value[i]
        prob <- predict(model, changed)
        expect_equal(got$effect[i], mean(prob), tolerance = 1e-10)
        expect_equal(attr(got, "curves")[, i], prob, tolerance = 1e-10)
        expect_equal(c(got$low[i], got$high[i]),
                     quantile(prob, c(0.1, 0.9), names = FALSE))
      }
      expect_identical(anyNA(got$value), anyNA(data[[feature]]))
    }
  }
})

test_that("accumulated effects of an additive model are its own curve", {
  data <- effect_data(1500L, 2)
  model <- lcrisk_train(y ~ a + b + size, data, learner = lcrisk_logit(knots = 0),
                        seed = 1)
  got <- lcrisk_effect(model, data, "a", type = "ale", scale = "link", points = 20)
  line <- data[rep(1L, nrow(got)), ]
  line$a <- got$value
  link <- predict(model, line, type = "link")
  expect_equal(diff(got$effect), diff(link), tolerance = 1e-9)
  # and their mean over the rows' intervals is 0
  own <- findInterval(data$a, got$value, left.open = TRUE, all.inside = TRUE)
  middle <- (got$effect[-1L] + got$effect[-nrow(got)]) / 2
  expect_lt(abs(mean(middle[own])), 1e-12)

  by_size <- lcrisk_effect(model, data, "size", type = "ale", scale = "link")
  expect_identical(by_size$value, c("S", "M", "L"))
  sizes <- data[c(1, 1, 1), ]
  sizes$size[] <- c("S", "M", "L")
  expect_equal(diff(by_size$effect), diff(predict(model, sizes, type = "link")))
})

test_that("accumulated effects move each row within its own interval only", {
  data <- effect_data(400L, 3)
  model <- models_of(data)$boost
  got <- lcrisk_effect(model, data, "a", type = "ale", points = 5)
  m <- nrow(got)
  at <- function(value) {
    changed <- data
    changed$a <- value
    predict(model, changed)
  }
  scores <- vapply(got$value, at, numeric(400L))
  interval <- findInterval(data$a, got$value, left.open = TRUE, all.inside = TRUE)
  step <- vapply(seq_len(m - 1L), function(k) {
    mean((scores[, k + 1L] - scores[, k])[interval == k])
  }, 0)
  expect_equal(diff(got$effect), step, tolerance = 1e-10)
})

test_that("the joint effect of two features knows their interaction", {
  data <- effect_data(600L, 4)
  model <- models_of(data)$boost
  got <- lcrisk_effect(model, data, "a", with = "home", points = 4, scale = "link")
  i <- which(got$with_value == "RENT")[2L]
  changed <- data
  changed$a <- got$value[i]
  changed$home[] <- "RENT"
  expect_equal(got$effect[i], mean(predict(model, changed, type = "link")),
               tolerance = 1e-10)
  expect_identical(sum(got$n), 600L)
  additive <- models_of(data)$logit
  flat <- lcrisk_effect(additive, data, "a", with = "home", points = 4, scale = "link")
  expect_lt(max(abs(flat$interaction)), 1e-10)
  expect_gt(max(abs(got$interaction)), 0.05)
})

test_that("a calibrated model's effects are calibrated", {
  data <- effect_data(500L, 5)
  model <- models_of(data)$boost
  shifted <- lcrisk_calibrate(model, method = "prior", from = 0.4, to = 0.1)
  plain <- lcrisk_effect(model, data, "a", scale = "link")
  moved <- lcrisk_effect(shifted, data, "a", scale = "link")
  expect_equal(moved$effect - plain$effect,
               rep(qlogis(0.1) - qlogis(0.4), nrow(plain)), tolerance = 1e-9)
})

test_that("wrong settings are refused by class", {
  data <- effect_data(300L, 6)
  model <- models_of(data)$logit
  refused <- function(...) {
    expect_error(lcrisk_effect(model, data, ...), class = "lcrisk_error_input")
  }
  refused("nothing")
  refused(1)
  refused("a", type = "magic")
  refused("home", type = "ale")
  refused("a", with = "a")
  refused("a", with = "b", type = "ice")
  refused("a", points = 1)
  refused("a", rows = 0)
  refused("a", scale = "odds")
  expect_error(lcrisk_effect(model, data[0, ], "a"), class = "lcrisk_error_input")
  data$b <- NA_real_
  expect_error(lcrisk_effect(model, data, "b"), class = "lcrisk_error_input")
})

test_that("effects print and are drawn", {
  data <- effect_data(300L, 7)
  model <- models_of(data)$boost
  grDevices::pdf(NULL)
  on.exit(grDevices::dev.off())
  for (effect in list(
    lcrisk_effect(model, data, "b", type = "ice"), lcrisk_effect(model, data, "home"),
    lcrisk_effect(model, data, "size", type = "ale"), lcrisk_effect(model, data, "a"),
    lcrisk_effect(model, data, "a", with = "home")
  )) {
    expect_match(format(effect)[1L], "<lcrisk_effect>", fixed = TRUE)
    expect_identical(plot(effect), effect)
  }
  expect_error(plot(lcrisk_effect(model, data, "a"), part = "interaction"),
               class = "lcrisk_error_input")
})
