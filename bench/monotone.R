# Pairs of loans that differ in one feature with a direction: how many break it. The
# promise is none, of any number of pairs.
#
#   BENCH=monotone make bench
library(lcrisk)
source("bench/lib/machine.R")
source("bench/lib/credit.R")

PAIRS <- 1e6
DIRECTIONS <- c(x01 = 1, x02 = -1, x03 = -1, x05 = 1, x08 = 1)

data <- credit_data(50000L, 24L, 4)
x <- as.data.frame(data$x)
# events that want the opposite here and there
set.seed(5)
bend <- function(v) sin(3 * ifelse(is.na(v), 0, scale_of(v)))
y <- as.integer(runif(nrow(x)) < plogis(-2 + bend(x$x01) - bend(x$x02) + bend(x$x03) *
                                          (x$x06 %in% c("a", "c")) - bend(x$x05)))
variants <- list(
  "defaults" = list(),
  "31 leaves, one fit on all rows" = list(leaves = 31, depth = 12, rows = 1, folds = 0,
                                          trees = 300, rate = 0.1),
  "30 % of rows by gradient size" = list(leaves = 31, depth = 12, rows = 0.3,
                                         sampling = "mvs"),
  "interaction groups" = list(leaves = 31, depth = 12, interactions = list(
    names(x)[c(1:8, 12)], names(x)[6:24]
  )),
  "no directions (for comparison)" = list(monotone = NULL, leaves = 31, depth = 12)
)

broken <- function(model, feature) {
  n <- ceiling(PAIRS / length(DIRECTIONS))
  rows <- x[sample(nrow(x), n, TRUE), ]
  known <- x[[feature]][!is.na(x[[feature]])]
  pair <- matrix(sample(known, 2 * n, TRUE), ncol = 2)
  low <- high <- rows
  low[[feature]] <- pmin(pair[, 1], pair[, 2])
  high[[feature]] <- pmax(pair[, 1], pair[, 2])
  rise <- predict(model, high, type = "link") - predict(model, low, type = "link")
  c(broken = sum(DIRECTIONS[[feature]] * rise < 0), apart = sum(rise != 0))
}

rows <- vapply(names(variants), function(name) {
  settings <- utils::modifyList(list(monotone = DIRECTIONS), variants[[name]],
                                keep.null = TRUE)
  model <- lcrisk_train(x, y, learner = do.call(lcrisk_boost, settings), seed = 1,
                        progress = FALSE)
  set.seed(6)
  found <- rowSums(vapply(names(DIRECTIONS), broken, c(0, 0), model = model))
  line <- sprintf("| %s | %.0f | %.0f |", name, found[["broken"]], found[["apart"]])
  message(line)
  line
}, "")
lines <- c(
  machine("Monotone directions", sprintf(
    paste("%s random pairs of rows that differ in one of %d directed numbers alone,",
          "with missing values and levels among the others, after training on %s rows",
          "whose events bend the wrong way here and there. A pair is broken when the",
          "log-odds move against the direction by any amount."),
    format(PAIRS, big.mark = ",", scientific = FALSE), length(DIRECTIONS),
    format(nrow(x), big.mark = ",")
  )),
  "| variant | pairs broken | pairs with other log-odds |", "| --- | --- | --- |", rows
)
cat(lines, sep = "\n")
output <- commandArgs(TRUE)
if (length(output)) writeLines(lines, output[1L])
