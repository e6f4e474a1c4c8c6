# Why lcrisk_forest() has the defaults it has: AUC on vintages up to 2010, each variant
# trained on what came before. 2011 takes no part in the choice; the last line of the
# results is the default's figure there.
#
#   LCRISK_DATA=LoanStats3a_securev1.csv.zip BENCH=forest-defaults make bench
library(lcrisk)
source("bench/lib/machine.R")

path <- Sys.getenv("LCRISK_DATA")
if (!nzchar(path)) {
  message("forest-defaults: left out; set LCRISK_DATA to the loans of 2007 to 2011")
  quit(status = 0)
}
all_loans <- lcrisk_features(lcrisk_outcome(lcrisk_read(path)))
frame <- all_loans[all_loans$issue_d < as.Date("2011-01-01")]
day <- frame$issue_d
vintages <- list(
  "2009 H2" = list(train = day < "2009-07-01",
                   test = day >= "2009-07-01" & day < "2010-01-01"),
  "2010" = list(train = day < "2010-01-01", test = day >= "2010-01-01"),
  "2010 H2" = list(train = day < "2010-07-01", test = day >= "2010-07-01")
)
SEEDS <- 1:3

variants <- list(
  "**default**" = list(),
  "trees 2000" = list(trees = 2000),
  "mtry 3" = list(mtry = 3), "mtry 5" = list(mtry = 5), "mtry 20" = list(mtry = 20),
  "min_leaf 10" = list(min_leaf = 10), "min_leaf 25" = list(min_leaf = 25),
  "min_leaf 100" = list(min_leaf = 100),
  "rows 0.5" = list(rows = 0.5),
  "rows 0.632, without replacement" = list(rows = 0.632, replace = FALSE),
  "extra" = list(extra = TRUE), "extra, mtry 20" = list(extra = TRUE, mtry = 20),
  "smooth 10" = list(smooth = 10), "bins 31" = list(bins = 31),
  "bins 127" = list(bins = 127)
)

train_on <- function(rows, settings, seed) {
  suppressWarnings(lcrisk_train(
    rows, learner = do.call(lcrisk_forest, settings), seed = seed, progress = FALSE,
    audit = FALSE
  ))
}

auc_of <- function(settings, vintage, seed) {
  test <- frame[vintage$test]
  prob <- predict(train_on(frame[vintage$train], settings, seed), test)
  as.numeric(lcrisk_auc(test$default, prob))
}

rows <- vapply(names(variants), function(name) {
  auc <- vapply(vintages, function(v) {
    mean(vapply(SEEDS, function(seed) auc_of(variants[[name]], v, seed), 0))
  }, 0)
  line <- sprintf("| %s | %s | %.4f |", name,
                  paste(sprintf("%.4f", auc), collapse = " | "), mean(auc))
  message(line)
  line
}, "")

final <- vapply(SEEDS, function(seed) {
  test <- all_loans[all_loans$issue_d >= as.Date("2011-01-01")]
  prob <- predict(train_on(frame, list(), seed), test)
  auc <- lcrisk_auc(test$default, prob)
  c(auc, attr(auc, "interval"))
}, c(0, 0, 0))

sizes <- vapply(vintages, function(v) {
  sprintf("%s from %s", format(sum(v$test), big.mark = ","),
          format(sum(v$train), big.mark = ","))
}, "")
lines <- c(
  machine(
    "Defaults of lcrisk_forest()",
    paste("AUC of each variant, all else at its default, on loans issued in the period",
          "and trained on all policy loans before it; without pricing; mean of three",
          "seeds. Loans judged and trained on:",
          paste(names(sizes), sizes, sep = " ", collapse = "; "), "."), "",
    paste("Between seeds a figure moves by about 0.001, and its own standard error is",
          "0.006 to 0.011: drawing few features or rows and very large or very small",
          "leaves cost something, the rest is the same within noise. The size of the",
          "leaves grows as the square root of the rows."), ""
  ),
  paste("| variant |", paste(names(vintages), collapse = " | "), "| mean |"),
  paste0("| --- |", strrep(" --- |", length(vintages) + 1L)),
  rows, "",
  sprintf(paste("Loans of 2011, looked at once after the defaults were chosen: default,",
                "trained on all before, AUC %s with seeds 1 to 3; interval of the first",
                "%.4f to %.4f."),
          paste(sprintf("%.4f", final[1L, ]), collapse = ", "), final[2L, 1L],
          final[3L, 1L])
)
cat(lines, sep = "\n")
output <- commandArgs(TRUE)
if (length(output)) writeLines(lines, output[1L])
