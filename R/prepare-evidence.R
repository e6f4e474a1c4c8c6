# What one column tells about the outcome, by counting. The values become a few cells
# chosen without looking at the outcome: levels, single frequent values, quantile bins,
# missing. Everything else follows from the bad loans per cell.

# The cell of each row, 1 = missing. Cells of a numeric column ascend, after those of its
# frequent values.
cells_of <- function(x, n_bins = 32L) {
  if (is.character(x) || is.factor(x)) return(cells_of_levels(as.factor(x)))
  x <- as.double(x)
  x[!is.finite(x)] <- NA
  sorted <- sort(x, method = "radix")
  n <- length(sorted)
  if (!n) return(rep(1L, length(x)))
  starts <- which(c(TRUE, sorted[-1L] != sorted[-n]))
  values <- sorted[starts]
  if (length(values) <= 2L * n_bins) return(fcoalesce(match(x, values), 0L) + 1L)

  counts <- diff(c(starts, n + 1L))
  frequent <- values[counts > n / n_bins]
  rest <- if (length(frequent)) sorted[!sorted %in% frequent] else sorted
  n_bins <- max(min(n_bins, length(rest) %/% 50L), 1L)
  cuts <- unique(rest[ceiling(seq_len(n_bins - 1L) / n_bins * length(rest))])
  cell <- findInterval(x, cuts) + length(frequent) + 2L
  if (length(frequent)) cell <- fcoalesce(match(x, frequent) + 1L, cell)
  cell[is.na(x)] <- 1L
  cell
}

# The most frequent levels that hold ten rows or more; the others share a cell
cells_of_levels <- function(x, n_cells = 200L) {
  counts <- tabulate(x, nlevels(x))
  kept <- utils::head(order(-counts), n_cells)
  kept <- kept[counts[kept] >= 10L]
  cell <- rep(length(kept) + 2L, length(counts))
  cell[kept] <- seq_along(kept) + 1L
  fcoalesce(cell[as.integer(x)], 1L)
}

# Odds of the bad rate of a cell against the odds of all loans, as a bound that chance
# passes once in a million: "at least so many times" for the worst cell, "at most" for the
# best. Exact binomial bounds (Clopper and Pearson 1934).
bound_odds <- function(n, bad, base, alpha = 1e-6) {
  lower <- fifelse(bad > 0, stats::qbeta(alpha, bad, n - bad + 1), 0)
  upper <- fifelse(bad < n, stats::qbeta(alpha, bad + 1, n - bad, lower.tail = FALSE), 1)
  odds <- base / (1 - base)
  list(lower = lower / (1 - lower) / odds, upper = upper / (1 - upper) / odds)
}

# AUC of the bad rate of a row's cell, learned from the other folds and shrunk towards
# the rate of all: a column of noise scores one half however many cells it has.
crossfit_auc <- function(n, bad, shrink = 20) {
  base <- sum(bad) / sum(n)
  score <- (rowSums(bad) - bad + shrink * base) / (rowSums(n) - n + shrink)
  order <- order(score)
  bad <- bad[order]
  good <- n[order] - bad
  tie <- cumsum(c(TRUE, diff(score[order]) != 0))
  bad <- as.double(rowsum(as.double(bad), tie))
  good <- as.double(rowsum(as.double(good), tie))
  sum(bad * (cumsum(good) - good / 2)) / (sum(good) * sum(bad))
}

# Standard error of an AUC, Hanley and McNeil (1982)
auc_error <- function(auc, n_bad, n_good) {
  q1 <- auc / (2 - auc)
  q2 <- 2 * auc^2 / (1 + auc)
  spread <- auc * (1 - auc) + (n_bad - 1) * (q1 - auc^2) + (n_good - 1) * (q2 - auc^2)
  sqrt(max(spread, 0) / (n_bad * n_good))
}

# All of it for one column; `y` is integer 0/1, `fold` integer 1 to `n_folds`
evidence_of <- function(x, y, fold, n_folds = 5L) {
  cell <- cells_of(x)
  n_cells <- max(cell)
  key <- cell + n_cells * (fold - 1L)
  n <- matrix(tabulate(key, n_cells * n_folds), n_cells)
  bad <- matrix(tabulate(key[y == 1L], n_cells * n_folds), n_cells)
  auc <- if (sum(rowSums(n) > 0) > 1L) crossfit_auc(n, bad) else 0.5
  in_cell <- rowSums(n)
  bad_in_cell <- rowSums(bad)
  total <- sum(in_cell)
  missing <- in_cell[1L]
  # beside the single cells: all but the most common one, as in "not missing", "not 0"
  common <- which.max(in_cell)
  n_each <- c(in_cell, total - in_cell[common])
  bad_each <- c(bad_in_cell, sum(bad) - bad_in_cell[common])
  odds <- bound_odds(n_each, bad_each, sum(bad) / total)
  worst <- which.max(odds$lower)
  best <- which.min(odds$upper)
  list(
    cell = cell, common = common, auc = auc,
    auc_at_least = auc - 4 * auc_error(auc, sum(bad), total - sum(bad)),
    worst = worst, worst_n = n_each[worst], worst_bad = bad_each[worst] / n_each[worst],
    worst_odds = odds$lower[worst],
    best = best, best_n = n_each[best], best_bad = bad_each[best] / n_each[best],
    best_odds = odds$upper[best],
    missing = missing / total,
    missing_bad = if (missing) bad_in_cell[1L] / missing else NA_real_
  )
}

# The values of the worst or best cell: `"Y"`, `0 to 12.5`, `missing`, `not 0`
cell_text <- function(x, found, which) {
  if (which > max(found$cell)) return(paste("not", cell_text(x, found, found$common)))
  if (which == 1L) return("missing")
  x <- x[found$cell == which]
  if (is.character(x) || is.factor(x)) {
    known <- unique(as.character(x))
    return(if (length(known) == 1L) sprintf("\"%s\"", known) else "a rare value")
  }
  ends <- unique(range(x))
  paste(if (inherits(x, "Date")) format(ends) else format_number(ends), collapse = " to ")
}

# Largest difference between two vintages of the share of missing values
missing_shift <- function(x, vintage) {
  share <- tabulate(vintage[is.na(x)], max(vintage)) / tabulate(vintage, max(vintage))
  max(share) - min(share)
}

# Share of the variance of the date that the cells of a column explain
date_share <- function(cell, date) {
  n <- tabulate(cell)
  used <- n > 0L
  mean <- as.double(rowsum(date, cell)) / n[used]
  total <- sum((date - mean(date))^2)
  if (total > 0) sum(n[used] * (mean - mean(date))^2) / total else 0
}

# Consecutive dates in groups of 200 loans or more, numbered from 1; NULL when there are
# no two. Enough loans that the share missing moves by 30 points only when the file did.
vintage_groups <- function(date, at_least = 200L) {
  if (anyNA(date)) return(NULL)
  days <- sort(unique(date))
  place <- match(date, days)
  counts <- tabulate(place, length(days))
  group <- integer(length(days))
  current <- 1L
  inside <- 0L
  for (i in seq_along(days)) {
    if (inside >= at_least) {
      current <- current + 1L
      inside <- 0L
    }
    group[i] <- current
    inside <- inside + counts[i]
  }
  if (inside < at_least) group[group == current] <- max(current - 1L, 1L)
  if (max(group) > 1L) group[place]
}
