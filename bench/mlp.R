# Neural networks beside scikit-learn's MLPClassifier: the same data, as many networks of
# as many units, early stopping in both. scikit-learn gets imputed, standardised and
# one-hot columns ready made; the time to make them is not charged to it.
#
#   BENCH=mlp make bench          LCRISK_PYTHON names a python3 with scikit-learn

for (file in c("machine.R", "credit.R", "paired.R", "python.R")) {
  source(file.path("bench/lib", file))
}
library(lcrisk)

out <- commandArgs(TRUE)[1L]
python <- find_python()
if (is.null(python)) {
  message("mlp: no python3 with scikit-learn here (LCRISK_PYTHON); left out")
  quit(status = 0)
}

peer_script <- "
import os, sys, time
import numpy as np
from sklearn.neural_network import MLPClassifier
folder, n, n_test, p, networks = sys.argv[1], *map(int, sys.argv[2:6])
def read(name, rows):
    return np.fromfile(os.path.join(folder, name)).reshape(p, rows).T.copy()
x, test = read('x', n), read('test', n_test)
y = np.fromfile(os.path.join(folder, 'y'), dtype=np.int32)
odds, begin, cpu = 0, time.time(), time.process_time()
for k in range(networks):
    net = MLPClassifier((32,), alpha=1e-4, batch_size=256, early_stopping=True,
                        validation_fraction=0.15, n_iter_no_change=8, max_iter=60,
                        random_state=k)
    prob = net.fit(x, y).predict_proba(test)[:, 1]
    odds = odds + np.log(prob / (1 - prob))
print(time.time() - begin, time.process_time() - cpu)
odds.tofile(os.path.join(folder, 'odds'))
"

# Mean for missing and a flag, standardised; levels as indicators
expand <- function(x) {
  columns <- lapply(x, function(v) {
    if (is.factor(v)) {
      return(vapply(levels(v), function(l) as.double(!is.na(v) & v == l),
                    double(length(v))))
    }
    z <- (v - mean(v, na.rm = TRUE)) / stats::sd(v, na.rm = TRUE)
    if (!anyNA(z)) return(matrix(z))
    cbind(replace(z, is.na(z), 0), as.double(is.na(z)))
  })
  do.call(cbind, columns)
}

theirs <- function(x, y, test, networks) {
  folder <- tempfile("mlp")
  dir.create(folder)
  on.exit(unlink(folder, recursive = TRUE))
  writeBin(as.vector(x), file.path(folder, "x"))
  writeBin(as.vector(test), file.path(folder, "test"))
  writeBin(as.integer(y), file.path(folder, "y"))
  script <- file.path(folder, "peer.py")
  writeLines(peer_script, script)
  said <- system2(python, c(script, folder, nrow(x), nrow(test), ncol(x), networks),
                  stdout = TRUE, env = "OMP_NUM_THREADS=2 OPENBLAS_NUM_THREADS=2")
  seconds <- as.numeric(strsplit(said[length(said)], " ")[[1L]])
  structure(class = "spent", list(
    wall = seconds[1L], cpu = seconds[2L],
    odds = readBin(file.path(folder, "odds"), "double", nrow(test))
  ))
}

ours <- function(x, y, networks) {
  learner <- lcrisk_mlp(restarts = networks)
  lcrisk:::fit_core(learner, x, y, NULL, lcrisk:::new_run(1, 2L))
}

row <- function(n, p, networks, pairs) {
  data <- credit_data(n + 20000L, p, 3L)
  train <- seq_len(n)
  x <- lapply(data$x, `[`, train)
  test <- lapply(data$x, `[`, -train)
  y <- data$y[train]
  wide <- expand(data$x)
  fit <- ours(x, y, networks)
  odds <- lcrisk:::predict_core(lcrisk_mlp(), fit, test, lcrisk:::new_run(1, 2L))
  peer <- function() theirs(wide[train, ], y, wide[-train, ], networks)
  peer_odds <- peer()$odds
  auc <- function(odds) as.numeric(lcrisk_auc(data$y[-train], odds))
  runs <- paired(list(ours = function() ours(x, y, networks), peer = peer), pairs)
  line <- sprintf("| %s x %d | %d | %s | %.4f | %.4f |",
                  format(n, big.mark = ",", scientific = FALSE), p, networks,
                  pair_columns(runs), auc(odds), auc(peer_odds))
  message(line)
  line
}

lines <- c(row(20000L, 30L, 8L, 3L), row(200000L, 30L, 2L, 3L))
writeLines(c(
  machine(
    "Neural networks",
    "Seconds to train, the least of all runs, and AUC on 20,000 other rows of the same",
    "synthetic loans; ratios are medians over pairs that take turns, with their range.",
    "Both train `networks` networks of 32 units, batches of 256, until 8 passes bring no",
    "better held-out score, and average log-odds; all else is at its default. 2 threads."
  ),
  paste("| rows x columns | networks | lcrisk s | scikit-learn s | ratio | cpu ratio |",
        "AUC lcrisk | AUC scikit-learn |"),
  "| --- | --- | --- | --- | --- | --- | --- | --- |", lines
), out)
