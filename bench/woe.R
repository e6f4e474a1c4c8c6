# Bins: information value and seconds of lcrisk_woe() against the package `scorecard`
# under the same constraints, on ten variables of the real loans up to 2010. Then the
# scorecard trained on them and judged on 2011, once. LCRISK_DATA names the file.
#
# `scorecard` is no requirement: without it the comparison is left out.

source("bench/lib/machine.R")
source("bench/lib/paired.R")
suppressMessages(library(data.table))
library(lcrisk)

out <- commandArgs(TRUE)[1L]
if (!nzchar(Sys.getenv("LCRISK_DATA"))) {
  stop("LCRISK_DATA must name Lending Club's file of 2007 to 2011.")
}
loans <- suppressMessages(lcrisk_outcome(lcrisk_read(Sys.getenv("LCRISK_DATA"))))
split <- lcrisk_split(lcrisk_features(loans), test_from = "2011-01-01")
variables <- c("fico_mid", "dti", "log_income", "loan_amnt", "revol_util",
               "log_revol_bal", "inq_last_6mths", "total_acc", "loan_to_income",
               "purpose")
train <- as.data.table(split$train)[, c(variables, "default"), with = FALSE]
bins <- 6L

# ---- information value -------------------------------------------------------------

# From counts, the same formula for both
iv_of <- function(event, other) {
  p <- event / sum(event)
  q <- other / sum(other)
  used <- p > 0 & q > 0
  sum((p - q)[used] * log((p / q)[used]))
}

ours <- function(names, direction) {
  lcrisk_woe(default ~ ., data = train[, c(names, "default"), with = FALSE],
             direction = direction, max_bins = bins, min_share = 0.05, min_count = 0,
             min_events = 1, noise = 0, rare = 0, smoothing = 0, threads = 1)
}

theirs <- function(names, method) {
  set <- as.data.frame(train[, c(names, "default"), with = FALSE])
  # it sorts text by event rate, but leaves factors in their order
  set$purpose <- as.character(set$purpose)
  suppressMessages(suppressWarnings(utils::capture.output(
    found <- scorecard::woebin(set, "default", positive = "1", bin_num_limit = bins,
                               count_distr_limit = 0.05, stop_limit = 0, method = method,
                               no_cores = 1, print_step = 0)
  )))
  found
}

iv_ours <- function(direction) {
  table <- as.data.table(ours(variables, direction))
  vapply(variables, function(name) {
    mine <- table[feature == name & n > 0]
    iv_of(mine$event, mine$n - mine$event)
  }, 0)
}

counts <- function(x) if ("neg" %in% names(x)) list(x$pos, x$neg) else list(x$bad, x$good)

# Information value by variable, and whether its bins keep the rules
judge_bins <- function(found) {
  lapply(stats::setNames(nm = variables), function(name) {
    x <- found[[name]][found[[name]]$bin != "missing", ]
    list(iv = do.call(iv_of, counts(found[[name]])), bins = nrow(x),
         keeps = nrow(x) <= bins && min(x$count_distr) >= 0.05 - 1e-9)
  })
}

cells <- function(x) {
  vapply(x, function(v) {
    sprintf("%.5f%s", v$iv, if (v$keeps) "" else sprintf(" (%d bins: no)", v$bins))
  }, "")
}

verdict <- function(free, peer, method) {
  kept <- vapply(peer, `[[`, NA, "keeps")
  theirs <- vapply(peer, `[[`, 0, "iv")
  sprintf("Method %s keeps the rules for %d variables; ours is at least its value in %d.",
          method, sum(kept), sum(free[kept] >= theirs[kept] - 1e-9))
}

compare <- function() {
  free <- iv_ours("none")
  monotone <- iv_ours("auto")
  peer <- lapply(c(tree = "tree", chimerge = "chimerge"), function(method) {
    judge_bins(theirs(variables, method))
  })
  time <- lapply(c(tree = "tree", chimerge = "chimerge"), function(method) {
    paired(list(ours = function() ours(variables, "none"),
                scorecard = function() theirs(variables, method)), 3L)
  })
  c(
    "| variable | ours | ours, monotone | scorecard tree | scorecard chimerge |",
    "| --- | --- | --- | --- | --- |",
    sprintf("| `%s` | %.5f | %.5f | %s | %s |", variables, free, monotone,
            cells(peer$tree), cells(peer$chimerge)),
    "", verdict(free, peer$tree, "tree"), verdict(free, peer$chimerge, "chimerge"), "",
    "| all ten, one thread | s ours | s scorecard | ratio by the clock | by processor |",
    "| --- | --- | --- | --- | --- |",
    sprintf("| method %s | %s |", names(time), vapply(time, pair_columns, "")), ""
  )
}

comparison <- if (requireNamespace("scorecard", quietly = TRUE)) {
  c(sprintf("scorecard %s.", utils::packageVersion("scorecard")), "", compare())
} else {
  message("The package scorecard is not installed: no comparison.")
  c("The package `scorecard` was not installed: no comparison.", "")
}

# ---- the scorecard -----------------------------------------------------------------

judge <- function(learner, train, test) {
  suppressWarnings(lcrisk_train(train, learner = learner, seed = 1, progress = FALSE))
}

auc_text <- function(model, test) {
  auc <- lcrisk_auc(test$default, predict(model, test))
  interval <- attr(auc, "interval")
  sprintf("%.4f (%.4f, %.4f)", auc, interval[["lower"]], interval[["upper"]])
}

year <- function(from, to) {
  day <- split$train$issue_d
  split$train[day >= as.IDate(from) & day < as.IDate(to)]
}
windows <- list(
  list(name = "2009", train = year("2007-01-01", "2009-01-01"),
       test = year("2009-01-01", "2010-01-01")),
  list(name = "2010", train = year("2007-01-01", "2010-01-01"),
       test = year("2010-01-01", "2011-01-01")),
  list(name = "2011", train = split$train, test = split$test)
)
learners <- list(
  "default" = lcrisk_scorecard(), "whole points" = lcrisk_scorecard(rounded = TRUE),
  "noise = 0" = lcrisk_scorecard(noise = 0), "noise = 4" = lcrisk_scorecard(noise = 4),
  "p_value = 1" = lcrisk_scorecard(p_value = 1),
  "p_value = 0.01" = lcrisk_scorecard(p_value = 0.01),
  "max_bins = 4" = lcrisk_scorecard(max_bins = 4),
  "max_bins = 10" = lcrisk_scorecard(max_bins = 10),
  "min_share = 0.02" = lcrisk_scorecard(min_share = 0.02),
  "direction = none" = lcrisk_scorecard(direction = "none")
)
# 2011 is looked at for the default, its whole points and `lcrisk_logit()` alone
held <- c("default", "whole points")
judged <- function(name, learner) {
  cells <- vapply(windows, function(w) {
    if (w$name == "2011" && !name %in% c(held, "`lcrisk_logit()`")) return("")
    auc_text(judge(learner, w$train), w$test)
  }, "")
  sprintf("| %s | %s |", name, paste(cells, collapse = " | "))
}

rows <- c(mapply(judged, names(learners), learners),
          judged("`lcrisk_logit()`", lcrisk_logit()))

card <- judge(lcrisk_scorecard(), split$train)
points <- lcrisk_points(card)
score <- predict(card, split$test, type = "score")
exact <- attr(points, "offset") -
  attr(points, "factor") * predict(card, split$test, type = "link")

writeLines(c(
  machine(
    "Bins and scorecard",
    sprintf("Information value of at most %d bins, each with 5 %% of the rows, plus the",
            bins),
    sprintf("missing one: %s policy loans issued up to 2010. `stop_limit = 0` lets",
            format(nrow(train), big.mark = ",")),
    "scorecard go on as long as it gains; it knows no monotone bins. Values are computed",
    "from the counts of each package's bins by one formula, without smoothing. Where its",
    "bins are too many or too small, so that the constraints do not hold, it says no."
  ),
  comparison,
  "## AUC out of time", "",
  "Trained on all policy loans before the year, without pricing; 95 % intervals. The",
  "defaults were chosen on 2009 and 2010; 2011 was looked at once.", "",
  "| scorecard | 2009 | 2010 | 2011 |", "| --- | --- | --- | --- |", rows, "",
  sprintf(
    "The default card has %d features and %d bins. On the loans of 2011 its whole",
    nrow(attr(points, "features")), sum(!points$kind %in% c("base", "missing"))
  ),
  sprintf("points differ by at most %.2f from the unrounded score (bound: %.2f, that is",
          max(abs(score - exact)), attr(points, "bound")),
  sprintf("%.3f in log-odds); the largest difference in probability is %.4f.",
          attr(points, "bound") / attr(points, "factor"),
          max(abs(1 / (1 + exp((score - attr(points, "offset")) /
                                 attr(points, "factor"))) - predict(card, split$test))))
), out)
