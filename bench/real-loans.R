# What every learner reaches on Lending Club's loans with its default settings: trained on
# all policy loans issued before a year, judged on those of the year, 2008 to 2011,
# without and with the lender's own pricing among the features.
#
#   LCRISK_DATA=LoanStats3a_securev1.csv.zip BENCH=real-loans make bench
#
# The table of 2011 is a final figure: nothing is chosen by it, see vintages.R.
library(lcrisk)
for (file in c("machine.R", "vintages.R")) source(file.path("bench/lib", file))

LEARNERS <- c("logit", "forest", "boost", "mlp", "additive", "scorecard", "blend")
YEARS <- 2008:2011
PRICING <- c("exclude", "include")

# What the misses are and what was done about them; written when the table was read
TRIED <- c(
  "Every goal lies within its learner's interval, 0.009 to either side: one year does",
  "not tell these misses from luck. They stay as they are: nothing was moved after they",
  "were seen. What was tried, on vintages up to 2010 only:",
  "",
  "* `logit`: logarithms, clamps, number of hinges (leaving one out or doubling it costs",
  "  0.0003 to 0.002), fixed ridges (0.004 to 0.02 worse than the one chosen by folds),",
  "  see `logit-terms.md`; groups of features, see `features.md`.",
  "* `additive`: no table of settings has been kept. Its slopes of 1.41 (2010) and 1.10",
  "  (2011) say that it is too timid.",
  "* `blend`: 15 sets of one to five members, see `blend.md`. What is mixed hardly",
  "  matters, as all members know the same features; on 2010 the best set has 0.6654,",
  "  the default 0.6650. `mlp` alone ranks the loans of 2011 as well as the blend does."
)

# Rows judged and trained on; the comparison adds `sub_grade` as its reference
judge <- function(frame, year) {
  start <- as.Date(sprintf("%d-01-01", year + 0:1))
  early <- frame$issue_d < start[1L]
  later <- frame$issue_d >= start[1L] & frame$issue_d < start[2L]
  message(year, " ", attr(frame, "pricing"))
  found <- suppressWarnings(
    lcrisk_compare(frame[early], LEARNERS, test = frame[later], seed = 1,
                   progress = FALSE, audit = FALSE)
  )
  list(table = as.data.frame(found), trained = sum(early), judged = sum(later),
       events = sum(frame$default[later]))
}

# Learners in rows, years in columns
areas <- function(found) {
  tables <- lapply(found, `[[`, "table")
  rows <- vapply(seq_len(nrow(tables[[1L]])), function(i) {
    cells <- vapply(tables, function(t) {
      sprintf("%.4f (%.4f, %.4f)", t$auc[i], t$auc_lower[i], t$auc_upper[i])
    }, "")
    sprintf("| `%s` | %s |", tables[[1L]]$learner[i], paste(cells, collapse = " | "))
  }, "")
  c(sprintf("| AUC (95 %%) | %s |", paste(YEARS, collapse = " | ")),
    paste0("| --- |", strrep(" --- |", length(YEARS))), rows, "")
}

details <- function(found) {
  unlist(lapply(seq_along(YEARS), function(k) {
    t <- found[[k]]$table
    p <- ifelse(t$p_value < 1e-4, "< 0.0001", sprintf("%.4f", t$p_value))
    tested <- ifelse(is.na(t$p_value), " | ", sprintf("%+.4f | %s", t$difference, p))
    sprintf("| %d | `%s` | %.4f | %.4f | %.2f | %s |", YEARS[k], t$learner, t$auc,
            t$brier, t$calibration_slope, tested)
  }))
}

section <- function(title, found) {
  c(paste("##", title), "", areas(found),
    "Brier score, calibration slope (below 1: too bold, above: too timid), difference of",
    "the area to that of `sub_grade` and its p-value (DeLong, Holm over the learners):",
    "",
    "| year | learner | AUC | Brier | slope | difference | p |",
    "| --- | --- | --- | --- | --- | --- | --- |", details(found), "")
}

# The project's goals for 2011 without pricing, and what came of them
against_goals <- function(table) {
  goal <- c(logit = 0.7048, forest = 0.701, boost = 0.704, mlp = 0.702, additive = 0.705,
            blend = 0.709)
  at <- match(names(goal), table$learner)
  c("## Against the goals", "",
    "Loans of 2011, trained on all before, no pricing:", "",
    "| learner | goal | AUC (95 %) | came out |", "| --- | --- | --- | --- |",
    sprintf("| `%s` | %.4f | %.4f (%.4f, %.4f) | %s |", names(goal), goal,
            table$auc[at], table$auc_lower[at], table$auc_upper[at],
            ifelse(table$auc[at] >= goal, "met",
                   sprintf("missed by %.4f", goal - table$auc[at]))), "",
    TRIED)
}

loans <- lcrisk_outcome(lcrisk_read({
  path <- Sys.getenv("LCRISK_DATA")
  if (!nzchar(path)) {
    message("real-loans: left out; set LCRISK_DATA to Lending Club's file of 2007-2011")
    quit(status = 0)
  }
  path
}))
found <- lapply(stats::setNames(nm = PRICING), function(pricing) {
  frame <- lcrisk_features(loans, pricing = pricing)
  lapply(YEARS, function(year) judge(frame, year))
})
sizes <- vapply(seq_along(YEARS), function(k) {
  f <- found$exclude[[k]]
  sprintf("%d: %s (%s defaults) from %s", YEARS[k], format(f$judged, big.mark = ","),
          format(f$events, big.mark = ","), format(f$trained, big.mark = ","))
}, "")
lines <- c(
  machine(
    "All learners on the real loans",
    "Policy loans of Lending Club's file of 2007 to 2011, all of them ended. Trained on",
    "all issued before the year, judged on those issued in it; every learner at its",
    "default settings, seed 1. `sub_grade` is the lender's own ranking, turned into a",
    "probability by one logistic regression on the training rows. Loans judged and",
    paste0("trained on: ", paste(sizes[1:2], collapse = "; "), ";"),
    paste0(paste(sizes[3:4], collapse = "; "), "."), "",
    "2011 is a final figure: nothing is chosen by it. Defaults were chosen on vintages",
    "up to 2010 (`forest-defaults.md`, `boost-defaults.md`, `mlp-defaults.md`,",
    "`logit-terms.md`, `features.md`, `blend.md`). An area's",
    "standard error is about 0.005 in 2011, 0.007 in 2010, 0.012 in 2009, 0.020 in",
    "2008.", ""
  ),
  section("Without pricing", found$exclude),
  section("With the lender's grade, rate and instalment among the features",
          found$include),
  against_goals(found$exclude[[length(YEARS)]]$table)
)
cat(lines, sep = "\n")
output <- commandArgs(TRUE)
if (length(output)) writeLines(lines, output[1L])
