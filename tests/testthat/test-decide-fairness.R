fair_rows <- function(n = 4000L) {
  u <- matrix(park_miller(3L * n, 7L), n)
  group <- c("a", "b", "c")[1L + (u[, 1L] > 0.6) + (u[, 1L] > 0.99)]
  prob <- plogis(-2 + 2 * (u[, 2L] - 0.5) + 0.5 * (group == "b"))
  data.frame(group = group, prob = prob, truth = as.integer(u[, 3L] < prob))
}

row_of <- function(x, metric, group) {
  as.list(x)[seq_along(x)] |> lapply(`[`, which(x$metric == metric & x$group == group))
}

test_that("each metric is its definition", {
  d <- fair_rows()
  found <- lcrisk_fairness(d$prob, d$truth, d$group, cutoff = 0.15)
  own <- d$group == "b"
  approved <- d$prob < 0.15
  expect_equal(row_of(found, "approval", "b")$estimate, mean(approved[own]))
  expect_equal(row_of(found, "equal_opportunity", "b")$estimate,
               mean(approved[own & d$truth == 0L]))
  expect_equal(row_of(found, "predictive_parity", "b")$estimate,
               mean(d$truth[own & approved]))
  expect_equal(row_of(found, "calibration", "b")$estimate,
               mean(d$truth[own]) - mean(d$prob[own]))
  expect_equal(row_of(found, "auc", "b")$estimate,
               as.numeric(lcrisk_auc(d$truth[own], d$prob[own])))
  expect_identical(attr(found, "reference"), c(group = "a"))
  expect_equal(row_of(found, "approval", "b")$versus,
               mean(approved[own]) / mean(approved[d$group == "a"]))
  expect_identical(row_of(found, "approval", "a")$versus, 1)
  expect_identical(row_of(found, "auc", "a")$versus, 0)
  other <- lcrisk_fairness(d$prob, d$truth, d$group, cutoff = 0.15, reference = "b")
  expect_equal(row_of(other, "approval", "a")$versus,
               1 / row_of(found, "approval", "b")$versus)
})

test_that("intervals of ratio and difference are those of the papers", {
  # Newcombe (1998), table II, method 10: 56 of 70 less 48 of 80; and 9 of 10 less 3 of 10
  share <- function(x, n) c(x / n, wilson_interval(x / n, n, 0.95))
  expect_equal(round(mover_difference(share(56, 70), share(48, 80)), 4),
               c(0.2, 0.0524, 0.3339))
  expect_equal(round(mover_difference(share(9, 10), share(3, 10)), 4),
               c(0.6, 0.1705, 0.8090))
  # the ratio's ends solve p1 - x p2 = 0 at the edge of the joint region
  a <- share(30, 50)
  b <- share(40, 45)
  found <- mover_ratio(a, b)
  gap <- function(x, i, j) {
    (a[1L] - x * b[1L])^2 - (a[1L] - a[i])^2 - x^2 * (b[1L] - b[j])^2
  }
  expect_equal(c(gap(found[2L], 2L, 3L), gap(found[3L], 3L, 2L)), c(0, 0))
  expect_equal(found[1L], 0.675)
  expect_identical(mover_ratio(share(0, 20), b)[1:2], c(0, 0))
  expect_identical(mover_ratio(a, share(0, 20)), rep(NA_real_, 3L))
})

test_that("intervals of the ratio keep their coverage in small groups", {
  set.seed(3)
  covers <- function(n1, n2, p1, p2) {
    mean(replicate(1500, {
      x <- c(rbinom(1, n1, p1), rbinom(1, n2, p2))
      share <- function(x, n) c(x / n, wilson_interval(x / n, n, 0.95))
      found <- mover_ratio(share(x[1L], n1), share(x[2L], n2))
      found[2L] <= p1 / p2 && p1 / p2 <= found[3L]
    }))
  }
  expect_gt(covers(15, 400, 0.6, 0.75), 0.93)
  expect_gt(covers(40, 40, 0.3, 0.5), 0.93)
  expect_gt(covers(30, 2000, 0.95, 0.9), 0.92)
})

test_that("the screen is undecided where the interval holds four fifths", {
  rows <- function(n, share) rep(c(0.1, 0.9), round(n * c(share, 1 - share)))
  prob <- c(rows(1000, 0.8), rows(1000, 0.5), rows(60, 0.6), rows(1000, 0.8),
            rows(8, 0.5))
  group <- rep(c("most", "less", "few", "same", "eight"), c(1000, 1000, 60, 1000, 8))
  found <- lcrisk_fairness(prob, NULL, group, cutoff = 0.5, reference = "most")
  screen <- attr(found, "screen")
  said <- stats::setNames(screen[["screen"]], screen[["group"]])
  expect_identical(said[c("less", "few", "same", "eight")],
                   c(less = "below", few = "undecided", same = "not below",
                     eight = "too few"))
  expect_identical(unique(found[["metric"]]), "approval")
  expect_true(row_of(found, "approval", "eight")$small)
  expect_match(format(found), "screen, not a verdict", all = FALSE)
})

test_that("a model is judged by columns, values or several attributes", {
  data <- contract_rows(1500L)
  model <- lcrisk_train(y ~ income + score, data, learner = lcrisk_testlearner(),
                        seed = 1)
  later <- contract_rows(800L, 9000L)
  by_name <- lcrisk_fairness(model, later, "home")
  by_value <- lcrisk_fairness(model, later, later$home)
  expect_identical(by_name[["estimate"]], by_value[["estimate"]])
  expect_identical(by_name[["attribute"]][1L], "home")
  several <- lcrisk_fairness(model, later, c("home", "joint"),
                             reference = c(joint = "TRUE"))
  expect_identical(attr(several, "reference")[["joint"]], "TRUE")
  expect_setequal(several[["attribute"]], c("home", "joint"))
  expect_identical(attr(by_name, "cutoff"), model$cutoff)
  later$y <- NULL
  expect_identical(unique(lcrisk_fairness(model, later, "home")[["metric"]]), "approval")
})

test_that("rows without a group or an outcome are counted, not guessed", {
  d <- fair_rows()
  d$group[1:50] <- NA
  d$truth[51:200] <- NA
  found <- lcrisk_fairness(d$prob, d$truth, d$group, cutoff = 0.15)
  expect_identical(attr(found, "n_missing"), c(group = 50L))
  expect_identical(sum(found[["n"]][found[["metric"]] == "approval"]), 3950L)
  expect_identical(sum(found[["n"]][found[["metric"]] == "calibration"]), 3800L)
})

test_that("groups that cannot be compared are refused by class", {
  d <- fair_rows(300L)
  fair <- function(...) lcrisk_fairness(d$prob, d$truth, ..., cutoff = 0.2)
  expect_cases(list(
    case("FAI-01", "one group", fair(rep("a", 300L)), "error input one_group"),
    case("FAI-02", "a number", fair(d$prob), "error input many_groups"),
    case("FAI-03", "too many", fair(rep_len(as.character(1:150), 300L)),
         "error input many_groups"),
    case("FAI-04", "no such group", fair(d$group, reference = "z"),
         "error input no_reference_group"),
    case("FAI-05", "length", fair("a"), "error input bad_argument"),
    case("FAI-06", "unnamed", fair(list(d$group)), "error input bad_argument"),
    case("FAI-07", "no probabilities", lcrisk_fairness("a"), "error input bad_argument"),
    case("FAI-08", "outside", lcrisk_fairness(d$prob * 3, d$truth, d$group, cutoff = 0.2),
         "error input bad_probability"),
    case("FAI-09", "cut-off", fair(d$group, level = 1), "error input bad_argument"),
    case("FAI-10", "nobody approved",
         lcrisk_fairness(d$prob, d$truth, d$group, cutoff = 0), "ok")
  ))
})

# ---- alternatives --------------------------------------------------------------

proxy_scene <- function(n = 3000L) {
  u <- matrix(park_miller(4L * n, 3L), n)
  group <- ifelse(u[, 1L] < 0.3, "b", "a")
  risk <- -2 + 2 * (u[, 2L] - 0.5)
  noise <- (group == "b") + u[, 3L]
  list(group = group, truth = as.integer(u[, 4L] < plogis(risk)),
       prob = list(in_use = plogis(risk + noise), without = plogis(risk)))
}

test_that("a model without the proxy is found, and its change has an error", {
  s <- proxy_scene()
  found <- lcrisk_alternatives(s$prob, truth = s$truth, group = s$group, cutoff = 0.25)
  chosen <- found[which(found[["chosen"]])]
  used <- found[attr(found, "in_use")]
  expect_identical(chosen[["model"]], "without")
  expect_gt(chosen[["ratio"]], used[["ratio"]])
  expect_lte(chosen[["bad_rate"]], used[["bad_rate"]])
  expect_gte(chosen[["approval"]], used[["approval"]] - 1e-12)
  change <- attr(found, "change")
  expect_equal(change[["estimate"]][1L], chosen[["ratio"]] - used[["ratio"]])
  expect_true(all(change[["se"]][1:2] > 0))
  expect_identical(used[["cutoff"]], 0.25)
  # rows on the front are not beaten in all three
  front <- found[which(found[["front"]])]
  for (i in seq_len(nrow(front))) {
    beaten <- found[["approval"]] > front[["approval"]][i] &
      found[["bad_rate"]] < front[["bad_rate"]][i] &
      found[["ratio"]] > front[["ratio"]][i]
    expect_false(any(beaten))
  }
})

test_that("the error of the change is that of the bootstrap", {
  s <- proxy_scene()
  found <- lcrisk_alternatives(s$prob, truth = s$truth, group = s$group, cutoff = 0.25)
  chosen <- found[which(found[["chosen"]])]
  ratio <- function(approved, rows) {
    rate <- tapply(approved[rows], s$group[rows], mean)
    rate[["b"]] / rate[["a"]]
  }
  set.seed(5)
  drawn <- replicate(400, {
    rows <- sample(length(s$truth), replace = TRUE)
    ratio(s$prob[[chosen[["model"]]]] < chosen[["cutoff"]], rows) -
      ratio(s$prob$in_use < 0.25, rows)
  })
  expect_equal(attr(found, "change")[["se"]][1L], stats::sd(drawn), tolerance = 0.15)
})

test_that("with nothing better the choice in use stays", {
  s <- proxy_scene()
  found <- lcrisk_alternatives(s$prob["without"], truth = s$truth, group = s$group,
                               cutoff = 0.2, approvals = 0.5)
  expect_identical(which(found[["chosen"]]), attr(found, "in_use"))
  expect_true(all(attr(found, "change")[["estimate"]] == 0))
})

test_that("alternatives are not chosen on test or training rows", {
  data <- contract_rows(800L)
  frame <- few_frame(800L)
  split <- lcrisk_split(frame, test_from = "2011-01-01")
  model <- lcrisk_train(split$train, learner = lcrisk_testlearner(), seed = 1)
  slice <- data.table::copy(split$test)
  data.table::setattr(slice, "part", NULL)
  expect_cases(list(
    case("ALT-01", "test part",
         lcrisk_alternatives(list(m = model), split$test, group = "home"),
         "error input test_part"),
    case("ALT-02", "training rows",
         lcrisk_alternatives(list(m = model), split$train, group = "home"),
         "error input training_rows"),
    case("ALT-03", "fine", lcrisk_alternatives(list(m = model), slice, group = "home"),
         "ok"),
    case("ALT-04", "no names", lcrisk_alternatives(list(model), slice, group = "home"),
         "error input bad_argument"),
    case("ALT-05", "no data", lcrisk_alternatives(list(m = model), group = "home"),
         "error input bad_argument"),
    case("ALT-06", "shares",
         lcrisk_alternatives(list(m = model), slice, group = "home", approvals = 2),
         "error input bad_argument"),
    case("ALT-07", "no cut-off",
         lcrisk_alternatives(list(p = data$score / 900), truth = data$y,
                             group = data$home),
         "error input bad_argument")
  ))
})

# ---- proxies -------------------------------------------------------------------

test_that("a column that tells the group is found, one that does not is not", {
  n <- 4000L
  u <- matrix(park_miller(3L * n, 11L), n)
  state <- sprintf("S%02d", 1L + floor(20 * u[, 1L]))
  group <- ifelse(u[, 2L] < ifelse(state < "S06", 0.8, 0.2), "x", "y")
  data <- data.frame(addr_state = state, dti = u[, 3L], group = group)
  found <- lcrisk_proxy(data, "group", c("addr_state", "dti"), seed = 1)
  state_row <- found[found[["column"]] == "addr_state"]
  # telling x from y by the two kinds of state is all there is to tell
  best <- as.numeric(lcrisk_auc(group == "x", as.numeric(state < "S06")))
  expect_lt(abs(state_row[["auc"]][1L] - best), 0.03)
  expect_identical(as.character(state_row[["strength"]][1L]), "strong")
  nothing <- found[found[["column"]] == "dti"]
  expect_true(all(nothing[["lower"]] < 0.5 & nothing[["upper"]] > 0.48))
  association <- attr(found, "association")
  expect_lt(association[["p_value"]][1L], 1e-10)
  expect_gt(association[["p_value"]][2L], 0.001)
  expect_lt(association[["v"]][2L], 0.05)
  # many rare values cannot tell the group by having been seen
  rare <- data.frame(zip_code = sprintf("%03d", floor(1000 * u[, 3L])))
  told <- lcrisk_proxy(rare, group, seed = 1)
  expect_true(all(abs(told[["auc"]] - 0.5) < 0.06))
  expect_identical(as.list(lcrisk_proxy(rare, group, seed = 1)), as.list(told))
})

test_that("Cramer's V is 1 for a copy and its chi-square R's", {
  group <- factor(rep(c("a", "b", "c"), c(30, 50, 20)))
  expect_equal(cramer_v(as.integer(group), group)$v, 1)
  bin <- rep_len(1:4, 100L)
  expect_equal(cramer_v(bin, group)$p_value,
               suppressWarnings(chisq.test(table(bin, group))$p.value))
})

test_that("columns that cannot be tested are refused by class", {
  data <- data.frame(home = rep(c("a", "b"), 20L), dti = 1:40)
  expect_cases(list(
    case("PRX-01", "no geography", lcrisk_proxy(data, "home"), "error input no_columns"),
    case("PRX-02", "absent", lcrisk_proxy(data, "home", "state"),
         "error schema missing_column"),
    case("PRX-03", "one group", lcrisk_proxy(data, rep("a", 40L), "dti"),
         "error input one_group"),
    case("PRX-04", "folds", lcrisk_proxy(data, "home", "dti", folds = 1),
         "error input bad_argument")
  ))
})

test_that("groups, alternatives and proxies print and draw themselves", {
  d <- fair_rows()
  fairness <- lcrisk_fairness(d$prob, d$truth, d$group, cutoff = 0.15)
  s <- proxy_scene()
  found <- lcrisk_alternatives(s$prob, truth = s$truth, group = s$group, cutoff = 0.25)
  pdf(NULL)
  on.exit(dev.off())
  expect_identical(plot(fairness), fairness)
  expect_identical(plot(fairness, metric = "auc"), fairness)
  expect_identical(plot(found), found)
  expect_match(format(found), "chosen", all = FALSE)
  expect_lte(max(nchar(c(format(fairness), format(found)))), 95L)
  expect_error(plot(fairness, metric = "none"), class = "lcrisk_error_input")
  skip_if_not_installed("ggplot2")
  expect_s3_class(ggplot2::autoplot(fairness), "ggplot")
})
