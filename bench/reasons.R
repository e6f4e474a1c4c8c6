# What is promised of reasons, counted on 100,000 declined loans of a monotone model and
# of a logistic regression: each pushes the score the adverse way, stands in the table of
# texts, none is told twice, and with the top reason's fields at the reference the loan
# scores better, told by predicting it again.
#
#   BENCH=reasons make bench
#   BENCH_ROWS=50000 BENCH=reasons make bench
library(lcrisk)
source("bench/lib/machine.R")

DECLINES <- 100000L
ROWS <- as.integer(Sys.getenv("BENCH_ROWS", "370000"))
TRAIN <- 30000L

directions <- c(
  fico_mid = -1, log_income = -1, dti = 1, dti_after = 1, inq_last_6mths = 1,
  revol_util = 1, loan_to_income = 1, payment_to_income = 1, delinq_2yrs = 1,
  delinq_recency = 1, pub_rec = 1, record_recency = 1, credit_age = -1, loan_amnt = 1,
  log_revol_limit = -1, revol_bal_to_income = 1
)

loans <- lcrisk_simulate(ROWS, seed = 11, to = "2011-12", snapshot = "2018-12")
frame <- suppressWarnings(lcrisk_features(lcrisk_outcome(loans)))
rm(loans)
train <- frame[seq_len(TRAIN)]
rest <- frame[-seq_len(TRAIN)]

# The top reason's features put to the typical applicant's, scored by predict()
restore <- function(model, rows, top) {
  typical <- lcrisk:::typical_applicant(NULL, model, model$cutoff, lcrisk:::new_run(0, 2))
  texts <- lcrisk:::reason_texts(NULL, model)
  restored <- as.data.frame(rows)[top$row, ]
  for (reason in unique(top$reason)) {
    at <- which(top$reason == reason)
    for (name in texts$feature[texts$reason == reason]) {
      value <- typical[[name]]
      restored[[name]][at] <- if (is.factor(value)) as.character(value) else value
    }
  }
  stats::predict(model, restored)
}

measure <- function(name, learner) {
  model <- suppressWarnings(lcrisk_train(train, learner = learner, seed = 1))
  prob <- stats::predict(model, rest)
  declined <- utils::head(which(prob >= model$cutoff), DECLINES)
  rows <- rest[declined]
  time <- system.time(got <- lcrisk_reasons(model, rows, counterfactual = FALSE))
  some <- rows[seq_len(min(nrow(rows), 5000L))]
  change <- system.time(lcrisk_reasons(model, some))
  told <- attr(got, "loans")
  texts <- lcrisk_schema("reasons")
  words <- c(texts$label, texts$high, texts$low, texts$missing)
  top <- got[got$rank == 1L, ]
  restored <- restore(model, rows, top)
  count <- function(x) format(sum(x), big.mark = ",")
  share <- function(x) sprintf("%s of %s (%.3f %%)", count(x), count(!is.na(x)),
                               100 * mean(x))
  micro <- function(time, n) 1e6 * sum(time[c("user.self", "sys.self")]) / n
  c(
    sprintf("## %s: %s declined, %s reasons", name, count(told$declined),
            count(told$n_reasons)), "",
    "| what | count |", "| --- | --- |",
    sprintf("| loans with a reason, at most four | %s |",
            share(told$n_reasons >= 1L & told$n_reasons <= 4L)),
    sprintf("| pushes the score the adverse way | %s |", share(got$contribution > 0)),
    sprintf("| its restoring alone lowers the probability | %s |",
            share(got$restored < told$prob[got$row])),
    sprintf("| stands in the table of texts | %s |", share(got$text %in% words)),
    sprintf("| is about a feature of the model | %s |",
            share(got$feature %in% model$blueprint$features)),
    sprintf("| told twice to a loan | %s |",
            count(duplicated(got, by = c("row", "reason")) |
                    duplicated(got, by = c("row", "text")))),
    sprintf("| top reason restored and predicted again: better | %s |",
            share(restored < told$prob[top$row])),
    sprintf("| largest difference from what was told | %.1e |",
            max(abs(restored - top$restored))),
    sprintf("| CPU microseconds a declined loan | %.0f; with the smallest change %.0f |",
            micro(time, nrow(rows)), micro(change, nrow(some))), ""
  )
}

lines <- c(
  machine("Reasons", sprintf(
    "Simulated loans, trained on %s, declined at the model's own cut-off.",
    format(TRAIN, big.mark = ",")
  ), ""),
  measure("Boosted trees, monotone", lcrisk_boost(
    trees = 200, folds = 0, monotone = directions[names(directions) %in% names(frame)]
  )),
  measure("Logistic regression", lcrisk_logit())
)
cat(lines, sep = "\n")
output <- commandArgs(TRUE)
if (length(output)) writeLines(lines, output[1L])
