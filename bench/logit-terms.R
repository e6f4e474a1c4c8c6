# Why lcrisk_logit() makes its terms as it does: each rule left out in turn. Rolling
# vintages of the real loans up to 2010 (LCRISK_DATA names the file; the year 2011 is
# kept for the one comparison with peers) and the 2016 loans of `modeldata`.

source("bench/lib/machine.R")
suppressMessages(library(data.table))
library(lcrisk)

out <- commandArgs(TRUE)[1L]

learners <- list(
  "default" = lcrisk_logit(),
  "no logarithm" = lcrisk_logit(skewness = Inf),
  "no clamp" = lcrisk_logit(tail = 0),
  "no hinges" = lcrisk_logit(knots = 0),
  "one hinge" = lcrisk_logit(knots = 1),
  "nine hinges" = lcrisk_logit(knots = 9),
  "none of these" = lcrisk_logit(knots = 0, tail = 0, skewness = Inf),
  "ridge 0" = lcrisk_logit(ridge = 0),
  "ridge 0.001" = lcrisk_logit(ridge = 0.001),
  "ridge 0.1" = lcrisk_logit(ridge = 0.1)
)

score <- function(learner, train, test) {
  model <- suppressWarnings(lcrisk_train(default ~ ., train, learner = learner))
  prob <- predict(model, test)
  c(auc = as.numeric(lcrisk_auc(test$default, prob)),
    loss = mean(-log(ifelse(test$default == 1L, prob, 1 - prob))))
}

# Trained on everything before a half year, tested on it: 2009 to 2010
rolling <- function(frame, learner) {
  start <- as.IDate(c("2009-01-01", "2009-07-01", "2010-01-01", "2010-07-01",
                      "2011-01-01"))
  features <- c("default", names(which(attr(frame, "roles") == "feature")))
  rowMeans(vapply(1:4, function(k) {
    before <- frame$issue_d < start[k]
    here <- frame$issue_d >= start[k] & frame$issue_d < start[k + 1L]
    train <- as.data.table(frame)[before, features, with = FALSE]
    score(learner, train, as.data.table(frame)[here, features, with = FALSE])
  }, numeric(2L)))
}

# Five folds by row number
folds <- function(data, learner) {
  rowMeans(vapply(1:5, function(k) {
    held <- seq_len(nrow(data)) %% 5L == k - 1L
    score(learner, data[!held], data[held])
  }, numeric(2L)))
}

sets <- list()
if (nzchar(Sys.getenv("LCRISK_DATA"))) {
  loans <- suppressMessages(lcrisk_outcome(lcrisk_read(Sys.getenv("LCRISK_DATA"))))
  frame <- lcrisk_features(loans)
  frame <- frame[frame$issue_d < as.IDate("2011-01-01")]
  sets[["vintages 2009-10"]] <- function(learner) rolling(frame, learner)
}
if (requireNamespace("modeldata", quietly = TRUE)) {
  data("lending_club", package = "modeldata", envir = environment())
  other <- as.data.table(lending_club)
  other[, default := as.integer(Class == "bad")]
  other[, c("Class", "int_rate", "sub_grade") := NULL]
  sets[["loans of 2016"]] <- function(learner) folds(other, learner)
}

rows <- vapply(names(learners), function(name) {
  cells <- vapply(sets, function(set) {
    found <- set(learners[[name]])
    sprintf("%.4f | %.5f", found[["auc"]], found[["loss"]])
  }, "")
  sprintf("| %s | %s |", name, paste(cells, collapse = " | "))
}, "")

writeLines(c(
  machine(
    "Terms and penalty of lcrisk_logit()",
    "Mean AUC and log loss. Vintages: trained on all policy loans before each half year",
    "of 2009 and 2010, tested on it. Loans of 2016: five folds. Standard errors: about",
    "0.01 (AUC); differences between rows, on the same loans, are known far better."
  ),
  paste0("| terms | ", paste(names(sets), "auc |", "loss", collapse = " | "), " |"),
  paste0("| --- |", strrep(" --- | --- |", length(sets))), rows
), out)
