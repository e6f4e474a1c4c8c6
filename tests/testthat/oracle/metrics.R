# Writes metrics.csv beside this file: figures of other packages for rows that the tests
# make anew, each with the package and version it came from. Not run by the tests. Needs
# pROC, ROCR and MLmetrics (Debian), hmeasure (CRAN's archive) and scikit-learn for the
# system's python3:
#
#   Rscript tests/testthat/oracle/metrics.R

folder <- "tests/testthat"
source(file.path(folder, "helper-oracle.R"))

of_package <- function(package) paste(package, utils::packageVersion(package))

row <- function(metric, value, source) {
  data.frame(metric = metric, value = as.double(value), source = source)
}

from_r <- function(x, cutoff) {
  y <- x$truth
  p <- x$prob
  roc <- pROC::roc(y, p, levels = 0:1, direction = "<", quiet = TRUE)
  partial <- function(...) {
    suppressWarnings(pROC::auc(roc, partial.auc = c(1, 0.8), ...))
  }
  scored <- ROCR::prediction(p, y)
  last <- function(measure, ...) {
    unlist(ROCR::performance(scored, measure, ...)@y.values)
  }
  hand <- function(severity) {
    hmeasure::HMeasure(y, p, severity.ratio = severity)$metrics$H
  }
  yes <- as.integer(p >= cutoff)
  gap <- ROCR::performance(scored, "tpr", "fpr")
  at <- max(which(gap@alpha.values[[1L]] >= cutoff))
  rbind(
    row("auc", roc$auc, of_package("pROC")),
    row("auc_variance", pROC::var(roc), of_package("pROC")),
    row("partial_auc", partial(), of_package("pROC")),
    row("partial_auc_standard", partial(partial.auc.correct = TRUE), of_package("pROC")),
    row("auc", last("auc"), of_package("ROCR")),
    row("partial_auc", last("auc", fpr.stop = 0.2), of_package("ROCR")),
    row("ks", max(gap@y.values[[1L]] - gap@x.values[[1L]]), of_package("ROCR")),
    row("recall", gap@y.values[[1L]][at], of_package("ROCR")),
    row("mcc", last("mat")[at], of_package("ROCR")),
    row("h_measure", hand(NA), of_package("hmeasure")),
    row("h_measure_half", hand(0.5), of_package("hmeasure")),
    row("log_loss", MLmetrics::LogLoss(p, y), of_package("MLmetrics")),
    row("recall", MLmetrics::Recall(y, yes, positive = 1), of_package("MLmetrics")),
    row("precision", MLmetrics::Precision(y, yes, positive = 1), of_package("MLmetrics")),
    row("specificity", MLmetrics::Specificity(y, yes, positive = 1),
        of_package("MLmetrics")),
    row("f1", MLmetrics::F1_Score(y, yes, positive = 1), of_package("MLmetrics")),
    row("accuracy", MLmetrics::Accuracy(yes, y), of_package("MLmetrics"))
  )
}

python <- '
import csv, sys, sklearn
from sklearn import metrics as m
rows = list(csv.DictReader(open(sys.argv[1])))
y = [int(r["truth"]) for r in rows]
p = [float(r["prob"]) for r in rows]
yes = [int(v >= float(sys.argv[2])) for v in p]
found = {
    "auc": m.roc_auc_score(y, p), "pr_auc": m.average_precision_score(y, p),
    "partial_auc_standard": m.roc_auc_score(y, p, max_fpr=0.2),
    "brier": m.brier_score_loss(y, p), "log_loss": m.log_loss(y, p, eps=1e-15),
    "recall": m.recall_score(y, yes), "precision": m.precision_score(y, yes),
    "f1": m.f1_score(y, yes), "f_beta": m.fbeta_score(y, yes, beta=2),
    "accuracy": m.accuracy_score(y, yes), "mcc": m.matthews_corrcoef(y, yes),
    "balanced_accuracy": m.balanced_accuracy_score(y, yes),
}
for name, value in found.items():
    print("%s,%.17g,scikit-learn %s" % (name, value, sklearn.__version__))
'

from_python <- function(x, cutoff) {
  files <- tempfile(c("rows", "ask"), fileext = c(".csv", ".py"))
  on.exit(unlink(files))
  x$prob <- sprintf("%.17g", x$prob)
  utils::write.csv(x, files[1L], row.names = FALSE, quote = FALSE)
  writeLines(python, files[2L])
  said <- system2("/usr/bin/python3", c(files[2L], files[1L], cutoff), stdout = TRUE)
  utils::read.csv(text = said, header = FALSE,
                  col.names = c("metric", "value", "source"))
}

out <- lapply(seq_len(nrow(oracle_cases)), function(i) {
  x <- oracle_rows(i)
  cutoff <- oracle_cases$cutoff[i]
  cbind(case = i, rbind(from_r(x, cutoff), from_python(x, cutoff)))
})
out <- do.call(rbind, out)
out$value <- sprintf("%.15g", out$value)
utils::write.csv(out, file.path(folder, "oracle", "metrics.csv"), row.names = FALSE,
                 quote = FALSE)
