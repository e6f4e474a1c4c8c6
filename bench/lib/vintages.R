# The playground on which defaults are chosen: Lending Club's loans up to 2010, judged by
# vintage and trained on what came before. 2011 and later take no part.

# All matured loans of the file LCRISK_DATA names; without one the script `name` ends here
real_loans <- function(name) {
  path <- Sys.getenv("LCRISK_DATA")
  if (!nzchar(path)) {
    message(name, ": left out; set LCRISK_DATA to Lending Club's file of 2007-2011")
    quit(status = 0)
  }
  lcrisk_features(lcrisk_outcome(lcrisk_read(path)))
}

playground <- function(name) {
  frame <- real_loans(name)
  frame[frame$issue_d < as.Date("2011-01-01")]
}

# Rows to train on and to judge, by the day a vintage starts
half_years <- function(day) {
  list(
    "2009 H2" = list(train = day < "2009-07-01",
                     test = day >= "2009-07-01" & day < "2010-01-01"),
    "2010" = list(train = day < "2010-01-01", test = day >= "2010-01-01"),
    "2010 H2" = list(train = day < "2010-07-01", test = day >= "2010-07-01")
  )
}

whole_years <- function(day) {
  list(
    "2009" = list(train = day < "2009-01-01",
                  test = day >= "2009-01-01" & day < "2010-01-01"),
    "2010" = list(train = day < "2010-01-01", test = day >= "2010-01-01")
  )
}

# "2010: 11,536 from 6,529; ..."
sizes_of <- function(vintages) {
  count <- function(rows) format(sum(rows), big.mark = ",")
  paste(vapply(names(vintages), function(name) {
    v <- vintages[[name]]
    sprintf("%s: %s from %s", name, count(v$test), count(v$train))
  }, ""), collapse = "; ")
}

# A learner's settings tried on the rows of `train`, without the audit's second look
try_learner <- function(train, learner, seed) {
  suppressWarnings(
    lcrisk_train(train, learner = learner, seed = seed, progress = FALSE, audit = FALSE)
  )
}

# One line a variant: `measure(variant, vintage, seed)` gives the figures, whose means
# over the seeds `line(name, means)` writes, one column a vintage
judge_variants <- function(variants, vintages, seeds, measure, line) {
  vapply(names(variants), function(name) {
    means <- lapply(vintages, function(vintage) {
      runs <- lapply(seeds, function(seed) measure(variants[[name]], vintage, seed))
      Reduce(`+`, runs) / length(runs)
    })
    said <- line(name, do.call(cbind, means))
    message(said)
    said
  }, "")
}

# A line for judge_variants() whose only figure is the AUC
auc_line <- function(name, means) {
  sprintf("| %s | %s | %.4f |", name, paste(sprintf("%.4f", means), collapse = " | "),
          mean(means))
}
