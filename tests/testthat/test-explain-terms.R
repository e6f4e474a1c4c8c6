glass_model <- function(...) {
  fit_contract(lcrisk_additive(rounds = 60, rate = 0.3, folds = 3, ...),
               contract_rows(600L))
}

simulate_cross <- function(n = 2000L) {
  u <- as.data.frame(matrix(park_miller(3L * n, 8L), n))
  odds <- ifelse((u[[1]] > 0.5) == (u[[2]] > 0.5), 1, -1)
  data.frame(a = u[[1]], b = c("low", "high")[1L + (u[[2]] > 0.5)],
             y = as.integer(u[[3]] < stats::plogis(odds)))
}

test_that("the terms' table has the documented columns and adds up", {
  model <- glass_model()
  terms <- lcrisk_terms(model)
  expect_s3_class(terms, c("lcrisk_terms", "data.table"), exact = FALSE)
  expect_named(terms, c("term", "kind", "cell", "from", "to", "share", "log_odds", "se",
                        "lower", "upper", "points", "importance"))
  plain <- as.data.table(terms)
  sums <- plain[, .(share = sum(share), mean = sum(share * log_odds),
                    importance = sum(share * abs(log_odds)), told = importance[1L]),
                by = "term"]
  expect_equal(sums$share, rep(1, nrow(sums)), tolerance = 1e-12)
  expect_equal(sums$mean, rep(0, nrow(sums)), tolerance = 1e-10)
  expect_equal(sums$importance, sums$told, tolerance = 1e-12)
  expect_false(is.unsorted(-sums$told))
  expect_equal(plain$points, -plain$log_odds * 20 / log(2))
  expect_equal(lcrisk_terms(model, points = 50)$points, plain$points * 2.5)
  expect_equal(plain$upper - plain$log_odds, qnorm(0.975) * plain$se)
  wide <- lcrisk_terms(model, level = 0.99)
  expect_true(all(wide$upper >= plain$upper))
})

test_that("cells are in words, and ranges cover every number once", {
  terms <- as.data.table(lcrisk_terms(glass_model()))
  income <- terms[term == "income" & cell != "missing"]
  expect_identical(income$from[1L], -Inf)
  expect_identical(income$to[nrow(income)], Inf)
  expect_identical(income$from[-1L], income$to[-nrow(income)])
  expect_match(income$cell[1L], "^up to ")
  expect_setequal(terms[term == "home", cell], c("missing", "OWN", "RENT", "MORTGAGE"))
  expect_setequal(terms[term == "joint" & share > 0, kind], "number")
})

test_that("without folds there are no intervals", {
  model <- fit_contract(lcrisk_additive(rounds = 10, folds = 0), contract_rows(300L))
  terms <- lcrisk_terms(model)
  expect_true(all(is.na(terms$se)) && all(is.na(terms$lower)))
  grDevices::pdf(NULL)
  expect_invisible(plot(terms))
  grDevices::dev.off()
})

test_that("terms print in ten lines and plot every kind", {
  model <- lcrisk_train(y ~ ., simulate_cross(), learner = "additive", seed = 1)
  terms <- lcrisk_terms(model)
  expect_lte(length(format(terms)), 10L)
  expect_match(format(terms)[1L], "2 features, 1 pairs")
  grDevices::pdf(NULL)
  on.exit(grDevices::dev.off())
  expect_invisible(plot(terms))
  expect_identical(plot(terms, term = "a : b"), terms)
  expect_error(plot(terms, term = "nothing"), class = "lcrisk_error_input")
  expect_output(print(terms[0, ]), "lcrisk_terms")
})

test_that("what has no terms is refused", {
  logit <- fit_contract(lcrisk_logit(), contract_rows(200L))
  error <- expect_error(lcrisk_terms(logit), class = "lcrisk_error_input")
  expect_identical(error$code, "not_additive")
  expect_error(lcrisk_terms(1), class = "lcrisk_error_model")
  expect_error(lcrisk_terms(glass_model(), points = 0), class = "lcrisk_error_input")
  expect_error(lcrisk_terms(glass_model(), level = 1), class = "lcrisk_error_input")
  expect_error(lcrisk_terms(glass_model(), pts = 1), class = "lcrisk_error_input")
})
