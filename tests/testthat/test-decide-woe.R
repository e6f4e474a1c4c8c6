# A number that rises, one that turns, one of noise, levels with a rare one, missing
# values that matter, and a special value
woe_rows <- function(n = 4000L, start = 31L) {
  u <- as.data.frame(matrix(park_miller(7L * n, start), n))
  data <- data.frame(
    up = round(100 * u[[1]]), turn = 4 * u[[2]] - 2, noise = u[[3]],
    home = c("OWN", "RENT", "MORTGAGE", "OTHER")[1L + findInterval(
      u[[4]], c(0.3, 0.7, 0.995))],
    months = ifelse(u[[5]] < 0.2, 999, ifelse(u[[5]] < 0.35, NA, round(90 * u[[5]])))
  )
  odds <- -2.5 + 0.02 * data$up + 1.2 * (abs(data$turn) < 0.7) +
    0.6 * (data$home == "RENT") + ifelse(data$months %in% 999, -1, 0) +
    ifelse(is.na(data$months), 0.8, 0)
  data$y <- as.integer(u[[6]] < stats::plogis(odds))
  data
}

test_that("counts, evidence and information value are those of the definition", {
  data <- woe_rows()
  woe <- lcrisk_woe(y ~ ., data = data, special = c(999), direction = c(turn = "peak"))
  table <- as.data.table(woe)
  total <- c(sum(data$y), sum(1 - data$y))
  for (name in c("up", "turn", "months")) {
    bins <- table[feature == name]
    for (i in seq_len(nrow(bins))) {
      x <- data[[name]]
      mine <- switch(bins$kind[i], missing = is.na(x), special = x %in% bins$from[i],
                     range = !is.na(x) & x > bins$from[i] & x <= bins$to[i] &
                       !(x %in% 999 & name == "months"))
      expect_identical(bins$n[i], as.double(sum(mine)))
      expect_identical(bins$event[i], as.double(sum(data$y[mine])))
    }
    e <- bins$event + 0.5 * total[1] / sum(total)
    g <- bins$n - bins$event + 0.5 * total[2] / sum(total)
    want <- ifelse(bins$n > 0, log(e / g) - log(total[1] / total[2]), 0)
    expect_equal(bins$woe, want, tolerance = 1e-12)
    iv <- sum((bins$event / total[1] - (bins$n - bins$event) / total[2]) * bins$woe)
    expect_equal(woe$iv[feature == name, iv], iv, tolerance = 1e-12)
  }
  home <- table[feature == "home"]
  expect_identical(home$n, vapply(home$levels, function(l) sum(data$home %in% l) + 0, 0))
})

test_that("bins keep the rules, and the directions asked for", {
  data <- woe_rows()
  ranges <- function(woe, name) woe$table[feature == name & kind != "missing"]
  auto <- lcrisk_woe(y ~ ., data = data, max_bins = 4, min_share = 0.1, noise = 0)
  expect_identical(auto$iv[feature == "up", shape], "up")
  for (name in c("up", "turn")) {
    bins <- ranges(auto, name)
    expect_lte(nrow(bins), 4L)
    expect_true(all(bins$share >= 0.1 & bins$event >= 20))
    expect_false(is.unsorted(if (auto$iv[feature == name, shape] == "up") bins$rate
                             else -bins$rate))
  }
  # every rule of shape against the data's own
  best <- function(direction) {
    woe <- lcrisk_woe(y ~ turn, data = data, direction = direction, noise = 0)
    if (nrow(woe$iv)) woe$iv$iv else 0
  }
  expect_gt(best("peak"), best("auto"))
  expect_gte(best("none"), best("peak"))
  expect_equal(best("auto"), max(best("up"), best("down")))
  expect_lt(best("valley"), best("peak"))
  rate <- ranges(lcrisk_woe(y ~ turn, data = data, direction = "peak"), "turn")$rate
  expect_lte(sum(diff(sign(diff(rate))) != 0), 1L)
  home <- ranges(auto, "home")
  expect_false(is.unsorted(home$rate))
})

test_that("cuts are the plainest numbers that change no count", {
  expect_identical(plain_cuts(c(648.5, 700.5), c(600, 648, 649, 700, 701, NA)),
                   c(648, 700))
  expect_identical(plain_cuts(15187.5, c(100, 15150, 15225)), 15200)
  expect_identical(plain_cuts(9.36568, c(9.3651, 9.3662)), 9.366)
  expect_identical(plain_cuts(-0.5, c(-1, 0)), -1)
  expect_identical(plain_cuts(5e-300, c(1e-300, 1e-299)), 5e-300)
  expect_equal(plain_cuts(5e300, c(1e300, 1e301)), 1e300)
  data <- woe_rows()
  woe <- lcrisk_woe(y ~ up, data = data)
  expect_identical(woe$table$to %% 1, c(rep(0, nrow(woe$table) - 2L), NaN, NA))
})

test_that("special and missing values have own bins, and small ones say nothing", {
  data <- woe_rows()
  data$months[5:8] <- 998
  woe <- lcrisk_woe(y ~ months, data = data, special = list(months = c(999, 998)))
  bins <- woe$table
  expect_identical(bins$label[bins$kind == "special"], c("998", "999"))
  expect_identical(bins$woe[bins$label == "998"], 0)
  expect_lt(bins$woe[bins$label == "999"], -0.3)
  expect_gt(bins$woe[bins$kind == "missing"], 0.3)
  near <- data.frame(months = c(998, 999, 999 * (1 - 2^-53), 999 * (1 + 2^-52), 998.5,
                                NA))
  label <- as.character(predict(woe, near, type = "bin")$months)
  last <- bins$label[bins$kind == "range"]
  last <- last[length(last)]
  expect_identical(label, c("998", "999", last, last, last, "missing"))
  # zero and negative special values, where doubles are closest
  zero <- data.frame(x = rep(c(0, -1, 5e-324, -0.0, 1, 2), 400), y = rep(0:1, 1200))
  zero$y[zero$x > 1] <- 1L
  woe <- lcrisk_woe(y ~ x, data = zero, special = c(0, -1))
  label <- as.character(predict(woe, zero[1:6, ], type = "bin")$x)
  expect_identical(label[c(1, 2, 4)], c("0", "-1", "0"))
  expect_false(label[3] %in% c("0", "-1"))
})

test_that("breaks of one's own are taken as they are", {
  data <- woe_rows()
  breaks <- list(up = c(50, 20), home = list(c("RENT", "OTHER"), "OWN"))
  woe <- lcrisk_woe(y ~ up + home, data = data, breaks = breaks)
  up <- woe$table[feature == "up" & kind == "range"]
  expect_identical(up$from, c(-Inf, 20, 50))
  expect_identical(up$to, c(20, 50, Inf))
  home <- woe$table[feature == "home" & kind == "levels"]
  expect_identical(lapply(home$levels, sort),
                   list(c("OTHER", "RENT"), "OWN", "MORTGAGE"))
  expect_identical(woe$iv[feature == "up", shape], "manual")
})

test_that("features that fail are named with the reason", {
  data <- woe_rows()
  data$constant <- 1
  data$empty <- NA_real_
  data$few <- replace(rep(NA_real_, nrow(data)), 1:30, 1:30)
  woe <- lcrisk_woe(y ~ ., data = data, direction = c(up = "down"))
  expect_identical(woe$failed[["constant"]], "constant")
  expect_identical(woe$failed[["empty"]], "all missing")
  expect_identical(woe$failed[["few"]], "too few rows or events")
  expect_identical(woe$failed[["up"]], "no cut keeps the rules")
  expect_setequal(c(names(woe$failed), woe$iv$feature), setdiff(names(data), "y"))
  out <- predict(woe, data)
  expect_setequal(names(out), c(woe$iv$feature, "y"))
  expect_true(all(c("turn", "home", "months") %in% names(out)))
  expect_type(out$home, "double")
})

test_that("integer weights are repeated rows, threads change nothing", {
  data <- woe_rows(1500L)
  data$home <- factor(data$home)
  times <- 1L + as.integer(3 * park_miller(1500L, 9))
  weighted <- lcrisk_woe(y ~ ., data = data, weights = times, threads = 1)
  repeated <- lcrisk_woe(y ~ ., data = data[rep(1:1500, times), ], threads = 3)
  expect_identical(weighted$table, repeated$table)
  expect_identical(weighted$iv, repeated$iv)
})

test_that("ordered factors keep their order, unseen levels are missing", {
  data <- woe_rows()
  data$grade <- factor(c("A", "B", "C", "D")[1L + findInterval(data$up, c(25, 50, 75))],
                       ordered = TRUE)
  woe <- lcrisk_woe(y ~ grade, data = data, direction = "up", noise = 0)
  bins <- woe$table[kind == "levels"]
  expect_identical(unlist(bins$levels), c("A", "B", "C", "D"))
  expect_false(is.unsorted(bins$rate))
  down <- lcrisk_woe(y ~ grade, data = data, direction = "down")
  expect_identical(down$failed[["grade"]], "no cut keeps the rules")
  new <- data.frame(grade = factor("E"))
  expect_warning(value <- predict(woe, new), class = "lcrisk_warning_schema")
  expect_identical(value$grade, 0)
})

test_that("the information value's interval covers, and chance is what noise gives", {
  skip_on_cran()
  n <- 2000L
  truth <- 0.25 * log(5 / 3) + 0.125 * log(1.25 / 0.75)
  covered <- iv <- numeric(100L)
  for (k in 1:100) {
    u <- matrix(park_miller(3L * n, 100 * k), n)
    x <- 1 + (u[, 1] > 0.5)
    data <- data.frame(x = x, z = 1 + findInterval(u[, 3], 1:3 / 4),
                       y = as.integer(u[, 2] < c(0.3, 0.5)[x]))
    woe <- lcrisk_woe(y ~ ., data = data, smoothing = 0,
                      breaks = list(x = 1.5, z = c(1.5, 2.5, 3.5)))
    # of the two samples: p = (0.3, 0.5) / 0.8, q = (0.7, 0.5) / 1.2
    p <- c(0.3, 0.5) / 0.8
    q <- c(0.7, 0.5) / 1.2
    truth <- sum((p - q) * log(p / q))
    row <- woe$iv[feature == "x"]
    covered[k] <- row$lower <= truth && truth <= row$upper
    iv[k] <- woe$iv[feature == "z", iv] / woe$iv[feature == "z", chance]
  }
  expect_gt(sum(covered), 88)
  expect_equal(mean(iv), 1, tolerance = 0.25)
})

test_that("what is wrong is said by name", {
  data <- woe_rows(500L)
  refused <- list(
    quote(lcrisk_woe(y ~ ., data = data, direction = "sideways")),
    quote(lcrisk_woe(y ~ ., data = data, direction = c("up", "down"))),
    quote(lcrisk_woe(y ~ ., data = data, max_bins = 51)),
    quote(lcrisk_woe(y ~ ., data = data, min_share = 0.6)),
    quote(lcrisk_woe(y ~ ., data = data, min_events = 0)),
    quote(lcrisk_woe(y ~ ., data = data, noise = -1)),
    quote(lcrisk_woe(y ~ ., data = data, special = Inf)),
    quote(lcrisk_woe(y ~ ., data = data, special = list(1))),
    quote(lcrisk_woe(y ~ ., data = data, breaks = list(5))),
    quote(lcrisk_woe(y ~ ., data = data, breaks = list(up = "a"))),
    quote(lcrisk_woe(y ~ ., data = data, breaks = list(home = "RENT"))),
    quote(lcrisk_woe(y ~ ., data = data, breaks = list(home = list("nowhere")))),
    quote(lcrisk_woe(y ~ ., data = data, breaks = list(hme = list("RENT")))),
    quote(lcrisk_woe(y ~ ., data = data, smoothing = -1)),
    quote(lcrisk_woe(y ~ ., data = data, level = 1)),
    quote(predict(lcrisk_woe(y ~ ., data = data), data, type = "points")),
    quote(plot(lcrisk_woe(y ~ ., data = data), feature = "nothing"))
  )
  for (call in refused) {
    error <- expect_error(eval(call), class = "lcrisk_error_input")
    expect_type(error$code, "character")
  }
  pure <- data.frame(x = rep(1:2, each = 50), y = rep(c(0L, 1L, 1L, 1L), each = 25))
  error <- expect_error(
    suppressWarnings(lcrisk_woe(y ~ x, data = pure, smoothing = 0,
                                breaks = list(x = 1.5))),
    class = "lcrisk_error_input"
  )
  expect_identical(error$code, "empty_class")
})

test_that("it prints in a few lines and draws", {
  data <- woe_rows()
  woe <- lcrisk_woe(y ~ ., data = data)
  text <- format(woe)
  expect_lte(length(text), 10L)
  expect_match(text[1L], "y = 1")
  expect_match(text, "Next:", all = FALSE)
  grDevices::pdf(NULL)
  on.exit(grDevices::dev.off())
  before <- graphics::par("mar", "mfrow")
  expect_identical(plot(woe), woe)
  expect_identical(graphics::par("mar", "mfrow"), before)
  skip_if_not_installed("ggplot2")
  expect_s3_class(ggplot2::autoplot(woe), "ggplot")
})
