# The additive model beside scikit-learn's boosting, and beside InterpretML's explainable
# boosting machine where it is installed: seconds to train and AUC on other rows, on
# made-up data and on real loans.
#
#   BENCH=additive make bench
#   LCRISK_DATA=LoanStats3a_securev1.csv.zip ...   the real loans up to 2010 too
#   LCRISK_PYTHON names a python3 with scikit-learn
#
# All get the same information. Ours and the EBM take the columns as they are. HGB is told
# which columns hold levels and reads missing values itself. GradientBoosting knows
# neither: it gets an indicator for every level, medians in place of missing values, and a
# flag for each column that has any. Peers' matrices are ready before the clock starts.
library(lcrisk)
for (file in c("machine.R", "credit.R", "paired.R", "python.R")) {
  source(file.path("bench/lib", file))
}

PAIRS <- as.integer(Sys.getenv("BENCH_PAIRS", "3"))
THREADS <- 2L

python <- find_python()
if (is.null(python)) {
  message("additive: no python3 with scikit-learn here (LCRISK_PYTHON); left out")
  quit(status = 0)
}
can_import <- function(module) {
  suppressWarnings(system2(python, c("-c", shQuote(paste("import", module))),
                           stdout = FALSE, stderr = FALSE)) == 0L
}

peer_script <- "
import os, sys, time, resource
import numpy as np
folder, kind, n, n_test, p = sys.argv[1], sys.argv[2], *map(int, sys.argv[3:6])
levels = [int(j) for j in sys.argv[6].split(',') if j]
def read(name, rows):
    return np.fromfile(os.path.join(folder, name)).reshape(p, rows).T.copy()
x, test = read('x', n), read('test', n_test)
y = np.fromfile(os.path.join(folder, 'y'), dtype=np.int32)
if kind == 'HGB':
    from sklearn.ensemble import HistGradientBoostingClassifier
    model = HistGradientBoostingClassifier(early_stopping=True, random_state=1,
                                           categorical_features=levels)
elif kind == 'GB':
    from sklearn.ensemble import GradientBoostingClassifier
    model = GradientBoostingClassifier(random_state=1)
else:
    from interpret.glassbox import ExplainableBoostingClassifier
    kinds = ['nominal' if j in levels else 'continuous' for j in range(p)]
    model = ExplainableBoostingClassifier(random_state=1, n_jobs=2, feature_types=kinds)
if kind == 'GB':
    middle = np.nanmedian(x, axis=0)
    holes = np.isnan(x).any(axis=0)
    numbers = [j for j in range(p) if j not in levels]
    top = {j: int(np.nanmax(x[:, j])) for j in levels}
    def widen(a):
        flags = np.isnan(a[:, holes])
        marks = [a[:, [j]] == np.arange(top[j] + 1) for j in levels]
        filled = np.where(np.isnan(a), middle, a)[:, numbers]
        return np.hstack([filled, flags, *marks]).astype(float)
    x, test = widen(x), widen(test)
def spent():
    kinds = (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)
    return sum(u.ru_utime + u.ru_stime for u in map(resource.getrusage, kinds))
begin, cpu = time.time(), spent()
model.fit(x, y)
print(time.time() - begin, spent() - cpu)
model.predict_proba(test)[:, 1].astype(np.float64).tofile(os.path.join(folder, 'prob'))
"

theirs <- function(kind, x, y, test, levels) {
  folder <- tempfile("additive")
  dir.create(folder)
  on.exit(unlink(folder, recursive = TRUE))
  writeBin(as.vector(x), file.path(folder, "x"))
  writeBin(as.vector(test), file.path(folder, "test"))
  writeBin(as.integer(y), file.path(folder, "y"))
  script <- file.path(folder, "peer.py")
  writeLines(peer_script, script)
  said <- system2(python, c(script, folder, kind, nrow(x), nrow(test), ncol(x),
                            shQuote(paste(levels - 1L, collapse = ","))),
                  stdout = TRUE, env = c(sprintf("OMP_NUM_THREADS=%d", THREADS),
                                         # threads that wait sleep: their processor
                                         # seconds then count work, busy machine or not
                                         "OMP_WAIT_POLICY=passive"))
  seconds <- as.numeric(strsplit(said[length(said)], " ")[[1L]])
  list(wall = seconds[1L], cpu = seconds[2L],
       prob = readBin(file.path(folder, "prob"), "double", nrow(test)))
}

ours <- function(x, y, test) {
  learner <- lcrisk_additive()
  run <- lcrisk:::new_run(1, THREADS)
  time <- system.time(core <- lcrisk:::fit_core(learner, x, y, NULL, run))
  odds <- lcrisk:::predict_core(learner, core, test, run)
  list(wall = time[["elapsed"]], cpu = time[["user.self"]] + time[["sys.self"]],
       prob = stats::plogis(odds))
}

sklearn_version <- function() {
  system2(python, c("-c", shQuote("import sklearn; print(sklearn.__version__)")),
          stdout = TRUE)
}

peers <- c(GB = "scikit-learn GradientBoosting", HGB = "scikit-learn HGB",
           EBM = "InterpretML EBM")
peers <- peers[c(TRUE, TRUE, can_import("interpret"))]

rows_of <- function(name, x, y, test, test_y, slow = TRUE) {
  wide <- credit_matrix(x)
  wide_test <- credit_matrix(test)
  levels <- unname(which(vapply(x, is.factor, NA)))
  kinds <- if (slow) names(peers) else setdiff(names(peers), "GB")
  vapply(kinds, function(kind) {
    runs <- lapply(seq_len(PAIRS), function(i) {
      a <- function() ours(x, y, test)
      b <- function() theirs(kind, wide, y, wide_test, levels)
      if (i %% 2L) list(a = a(), b = b()) else rev(list(b = b(), a = a()))
    })
    of <- function(side, what) vapply(runs, function(r) r[[side]][[what]], 0)
    times <- data.frame(wall_ours = of("a", "wall"), wall_peer = of("b", "wall"),
                        cpu_ours = of("a", "cpu"), cpu_peer = of("b", "cpu"))
    auc <- function(side) as.numeric(lcrisk_auc(test_y, runs[[1L]][[side]]$prob))
    line <- sprintf("| %s | %s | %s | %.4f | %.4f |", name, peers[[kind]],
                    pair_columns(times), auc("a"), auc("b"))
    message(line)
    line
  }, "")
}

made <- function(n, p, slow) {
  data <- credit_data(n + 20000L, p, 3L)
  train <- seq_len(n)
  rows_of(sprintf("%s x %d", format(n, big.mark = ",", scientific = FALSE), p),
          lapply(data$x, `[`, train), data$y[train], lapply(data$x, `[`, -train),
          data$y[-train], slow)
}

# Trained on the years before, judged on 2010: 2011 is for final figures only
real <- function(path) {
  frame <- suppressWarnings(lcrisk_features(lcrisk_outcome(lcrisk_read(path))))
  frame <- frame[frame$issue_d < as.Date("2011-01-01")]
  early <- frame$issue_d < as.Date("2010-01-01")
  learned <- suppressWarnings(lcrisk:::learn_blueprint(
    as.data.frame(frame)[early, lcrisk:::columns_with_role(frame, "feature")]
  ))
  later <- suppressWarnings(lcrisk:::apply_blueprint(learned$blueprint, frame[!early]))
  rows_of(sprintf("real loans, %s x %d, judged on 2010",
                  format(sum(early), big.mark = ","), length(learned$x)),
          learned$x, frame$default[early], later, frame$default[!early])
}

lines <- c(
  made(20000L, 30L, TRUE), made(200000L, 30L, FALSE),
  if (nzchar(Sys.getenv("LCRISK_DATA"))) real(Sys.getenv("LCRISK_DATA"))
)
lines <- c(
  machine(
    "Additive models",
    "Seconds to train, the least of all runs, and AUC on 20,000 other rows (made-up",
    "data) or on the loans of 2010 (real ones, without pricing, trained on those",
    "before); ratios are medians over pairs that take turns, with their range. All at",
    "their defaults; HGB stops early. 2 threads; GradientBoosting uses one. Ours is 8",
    "fits, averaged, with intervals for every cell of every curve, and can be read; the",
    "boosted trees cannot. All get the same information: HGB is told which columns hold",
    "levels, GradientBoosting gets indicators of levels and flags of missing values",
    "ready made. The machine was shared: processor seconds are what the ratios rest on.",
    sprintf("Python's scikit-learn %s.", sklearn_version()),
    if (!"EBM" %in% names(peers)) {
      "InterpretML is not among the packages reached from here: no figures for it."
    }, ""
  ),
  "| data | peer | lcrisk s | peer s | ratio | cpu ratio | AUC lcrisk | AUC peer |",
  "| --- | --- | --- | --- | --- | --- | --- | --- |", lines, ""
)
cat(lines, sep = "\n")
output <- commandArgs(TRUE)
if (length(output)) writeLines(lines, output[1L])
