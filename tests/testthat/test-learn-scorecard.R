quick_card <- function(...) lcrisk_scorecard(min_count = 20, min_events = 5, ...)

test_that("lcrisk_scorecard() keeps the learner contract", {
  expect_learner_contract(quick_card(), weights = "close")
})

card_model <- function(data = contract_rows(2000L), ...) {
  fit_contract(quick_card(...), data)
}

test_that("settings out of range are refused by name", {
  refused <- list(
    quote(lcrisk_scorecard(points = NA)), quote(lcrisk_scorecard(odds = 0)),
    quote(lcrisk_scorecard(pdo = 0)), quote(lcrisk_scorecard(pdo = -20)),
    quote(lcrisk_scorecard(min_iv = -1)), quote(lcrisk_scorecard(p_value = 2)),
    quote(lcrisk_scorecard(wrong_sign = "turn")), quote(lcrisk_scorecard(spread = 1)),
    quote(lcrisk_scorecard(rounded = NA)), quote(lcrisk_scorecard(max_bins = 0)),
    quote(lcrisk_scorecard(direction = "sideways")), quote(lcrisk_scorecard(rare = 1))
  )
  for (call in refused) {
    error <- expect_error(eval(call), class = "lcrisk_error_input")
    expect_match(conditionMessage(error), names(call)[2L])
  }
  error <- expect_error(fit_contract(quick_card(breaks = list(incme = 5)),
                                     contract_rows(200L)), class = "lcrisk_error_input")
  expect_identical(error$code, "unknown_feature")
})

test_that("the coefficients are those of glm() on the evidence", {
  data <- contract_rows(2000L)
  model <- card_model(data, p_value = 1, min_iv = 0, wrong_sign = "keep")
  x <- apply_blueprint(model$blueprint, data)
  value <- cell_values(model$core, model$core$cells$woe, x, new_run(0))
  used <- model$core$coefficient != 0
  fit <- stats::glm(data$y ~ value[, used], family = stats::binomial())
  expect_equal(unname(coef(model)), unname(stats::coef(fit)), tolerance = 1e-6)
  tidy <- tidy.lcrisk_scorecard_model(model)
  want <- summary(fit)$coefficients
  expect_equal(tidy$std.error, unname(want[, 2L]), tolerance = 1e-5)
  expect_equal(tidy$p.value, unname(want[, 4L]), tolerance = 1e-4)
  expect_equal(predict(model, data), unname(stats::fitted(fit)), tolerance = 1e-7)
})

test_that("a wrong sign is dropped, or kept with a warning, whatever the order", {
  u <- as.data.frame(matrix(park_miller(12000L, 5), 3000L))
  # `b` goes with `a`, and alone with the risk, but at equal `a` against it
  data <- data.frame(a = u[[1]], b = u[[1]] + u[[2]], c = u[[3]])
  data$y <- as.integer(u[[4]] < stats::plogis(6 * data$a - 2 * data$b + data$c - 1))
  expect_warning(free <- card_model(data, p_value = 1, wrong_sign = "keep"),
                 class = "lcrisk_warning_numeric")
  expect_lt(coef(free)[["b"]], 0)
  model <- card_model(data, p_value = 1)
  expect_true(all(coef(model)[-1L] > 0))
  reason <- stats::setNames(model$core$reason, model$blueprint$features)
  expect_true("wrong sign" %in% reason)
  # the others' coefficients are those of a fit that never had the dropped ones
  rest <- data[setdiff(names(data), names(reason)[reason == "wrong sign"])]
  expect_equal(coef(card_model(rest, p_value = 1)), coef(model), tolerance = 1e-6)
})

test_that("weak features leave as in a backward elimination with refits", {
  data <- contract_rows(2000L)
  u <- matrix(park_miller(2000L * 6L, 91), 2000L)
  for (j in 1:6) data[[paste0("z", j)]] <- u[, j]
  rules <- list(min_iv = 0, noise = 0, wrong_sign = "keep")
  model <- suppressWarnings(do.call(card_model, c(list(data, p_value = 0.05), rules)))
  all <- suppressWarnings(do.call(card_model, c(list(data, p_value = 1), rules)))
  x <- apply_blueprint(all$blueprint, data)
  value <- as.data.frame(cell_values(all$core, all$core$cells$woe, x, new_run(0)))
  names(value) <- all$blueprint$features
  kept <- names(coef(all))[-1L]
  repeat {
    fit <- stats::glm(data$y ~ ., stats::binomial(), value[kept])
    p <- summary(fit)$coefficients[-1L, 4L]
    if (max(p) <= 0.05) break
    kept <- setdiff(kept, gsub("`", "", names(which.max(p))))
  }
  expect_identical(names(coef(model))[-1L], kept)
  expect_lt(length(kept), 12L)
})

# ---- points ----------------------------------------------------------------------

score_by_hand <- function(table, row) {
  sum(vapply(unique(table$feature), function(name) {
    bins <- table[table$feature == name, ]
    if (name == "(base)") return(as.double(bins$points))
    x <- row[[name]]
    missing <- bins$kind == "missing"
    mine <- if (is.na(x)) missing else if (any(bins$kind == "levels")) {
      vapply(bins$levels, function(l) as.character(x) %in% l, NA)
    } else {
      !missing & bins$from < x & x <= bins$to
    }
    if (!any(mine)) mine <- missing
    as.double(bins$points[mine])
  }, 0))
}

test_that("points add up to the score, and say the probability up to the bound", {
  data <- contract_rows(2000L)
  new <- contract_rows(500L, start = 55L)
  new$home[3] <- "unseen"
  for (spread in c(FALSE, TRUE)) {
    model <- card_model(data, points = 500, odds = 20, pdo = 40, spread = spread)
    points <- lcrisk_points(model)
    expect_type(points$points, "integer")
    score <- suppressWarnings(predict(model, new, type = "score"))
    expect_type(score, "integer")
    table <- as.data.table(points)
    by_hand <- vapply(seq_len(nrow(new)), function(i) score_by_hand(table, new[i, ]), 0)
    expect_identical(as.double(score), by_hand)
    # between the unrounded score and the whole one: half a point a term at most
    link <- suppressWarnings(predict(model, new, type = "link"))
    exact <- 500 - 40 / log(2) * (log(20) + link)
    bound <- attr(points, "bound")
    expect_lte(max(abs(exact - score)), bound + 1e-9)
    expect_lte(bound, (nrow(attr(points, "features")) + !spread) / 2)
    said <- (attr(points, "offset") - score) / attr(points, "factor")
    expect_lte(max(abs(said - link)), bound / attr(points, "factor") + 1e-9)
    expect_identical("(base)" %in% table$feature, !spread)
  }
})

test_that("more points are less risk, pdo points double the odds", {
  model <- card_model(rounded = TRUE, points = 600, odds = 30, pdo = 15)
  new <- contract_rows(300L, start = 5L)
  score <- predict(model, new, type = "score")
  prob <- predict(model, new)
  expect_equal(prob, 1 / (1 + 30 * 2^((score - 600) / 15)), tolerance = 1e-12)
  points <- as.data.table(lcrisk_points(model))
  bins <- points[kind == "range" & feature == "income"]
  expect_false(is.unsorted(-bins$rate))
  expect_false(is.unsorted(bins$points))
})

test_that("special values and breaks go into the card", {
  data <- contract_rows(2000L)
  data$score[data$score > 780] <- 9999L
  model <- card_model(data, special = list(score = 9999),
                      breaks = list(income = c(30, 60)))
  points <- as.data.table(lcrisk_points(model))
  expect_identical(points[feature == "score" & kind == "special", label], "9999")
  expect_identical(points[feature == "income" & kind == "range", to], c(30, 60, Inf))
})

test_that("a card without features is the average, with a warning", {
  data <- contract_rows(1000L)
  data <- data[c("noise", "joint", "y")]
  expect_warning(model <- fit_contract(quick_card(min_iv = 5), data),
                 class = "lcrisk_warning_data")
  expect_equal(unique(predict(model, data)), mean(data$y), tolerance = 1e-12)
  points <- lcrisk_points(model)
  expect_identical(nrow(points), 1L)
  expect_output(print(points), "0 features")
})

test_that("contributions are exact and so are reasons' differences", {
  data <- contract_rows(1000L)
  model <- card_model(data)
  shap <- lcrisk_shap(model, data[1:50, ])
  link <- predict(model, data[1:50, ], type = "link")
  expect_equal(shap$base + rowSums(shap$contributions), link, tolerance = 1e-12)
  expect_equal(unname(shap$base), mean(predict(model, data, type = "link")),
               tolerance = 1e-9)
  x <- apply_blueprint(model$blueprint, data[1:50, ])
  versus <- versus_core(model$learner, model$core, x, rows_of(x, 7L), seq_along(x),
                        length(x), new_run(0))
  expect_equal(rowSums(versus$value), link - link[7], tolerance = 1e-12)
})

test_that("bins are learned anew in every fold", {
  data <- contract_rows(800L)
  cv <- lcrisk_cv(y ~ ., quick_card(), folds = 3, data = data, seed = 1)
  expect_length(unique(cv$folds$fingerprint), 3L)
  expect_false(anyNA(cv$predictions$prob))
})

test_that("points are written as csv and as a page", {
  model <- card_model()
  points <- lcrisk_points(model)
  csv <- tempfile(fileext = ".csv")
  html <- tempfile(fileext = ".html")
  on.exit(unlink(c(csv, html)))
  expect_identical(lcrisk_points(model, file = csv), points)
  again <- data.table::fread(csv)
  expect_identical(again$points, points$points)
  expect_identical(again$label, points$label)
  lcrisk_points(model, file = html)
  page <- paste(readLines(html), collapse = "\n")
  for (name in unique(points$feature)) expect_match(page, name, fixed = TRUE)
  expect_match(page, "</html>")
  expect_false(grepl("<script", page))
  error <- expect_error(lcrisk_points(model, file = "card.pdf"),
                        class = "lcrisk_error_input")
  expect_identical(error$code, "bad_file")
  expect_error(lcrisk_points(model, file = file.path(tempdir(), "no", "card.csv")),
               class = "lcrisk_error_io")
  other <- fit_contract(lcrisk_logit(ridge = 1), contract_rows(200L))
  error <- expect_error(lcrisk_points(other), class = "lcrisk_error_input")
  expect_identical(error$code, "not_scorecard")
  expect_error(predict(other, contract_rows(5L), type = "score"),
               class = "lcrisk_error_input")
})

test_that("a card and its model print and draw", {
  model <- card_model()
  expect_output(print(model), "card .* features")
  points <- lcrisk_points(model)
  expect_output(print(points), "600 at odds of 50 to 1")
  expect_output(print(points[1:2, c("feature", "points")]), "lcrisk_points")
  grDevices::pdf(NULL)
  on.exit(grDevices::dev.off())
  expect_identical(plot(points), points)
})

test_that("a refusal names the function that was called, wherever it was called from", {
  call <- quote(lcrisk::lcrisk_scorecard(pdo = 0))
  refused <- expect_error(eval(call, globalenv()), class = "lcrisk_error_input")
  expect_identical(refused$call, call)
})
