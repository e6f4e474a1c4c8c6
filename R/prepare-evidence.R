# What one column tells about the outcome, by counting. The values become a few cells
# chosen without looking at the outcome: levels, single frequent values, quantile bins,
# missing. Everything else follows from the bad loans per cell.

# The cell of each row, 1 = missing. Cells of a numeric column ascend from the cell that
# the attribute `ascending` names, after those of its frequent values; levels have none.
cells_of <- function(x, n_bins = 32L) {
  if (is.character(x) || is.factor(x)) return(cells_of_levels(as.factor(x)))
  x <- as.double(x)
  x[!is.finite(x)] <- NA
  sorted <- sort(x, method = "radix")
  n <- length(sorted)
  if (!n) return(ascending_from(rep(1L, length(x)), 2L))
  starts <- which(c(TRUE, sorted[-1L] != sorted[-n]))
  values <- sorted[starts]
  if (length(values) <= 2L * n_bins) {
    return(ascending_from(fcoalesce(match(x, values), 0L) + 1L, 2L))
  }

  counts <- diff(c(starts, n + 1L))
  frequent <- values[counts > n / n_bins]
  rest <- if (length(frequent)) sorted[!sorted %in% frequent] else sorted
  n_bins <- max(min(n_bins, length(rest) %/% 50L), 1L)
  cuts <- unique(rest[ceiling(seq_len(n_bins - 1L) / n_bins * length(rest))])
  cell <- findInterval(x, cuts) + length(frequent) + 2L
  if (length(frequent)) cell <- fcoalesce(match(x, frequent) + 1L, cell)
  cell[is.na(x)] <- 1L
  ascending_from(cell, length(frequent) + 2L)
}

ascending_from <- function(cell, first) {
  attr(cell, "ascending") <- first
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
# passes once in a million: "at least so many times" for the worst cell, "at most" for
# the best. Exact binomial bounds (Clopper and Pearson 1934).
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
  groups <- cell_groups(in_cell, attr(cell, "ascending"))
  n_each <- group_sums(in_cell, groups)
  bad_each <- group_sums(bad_in_cell, groups)
  odds <- bound_odds(n_each, bad_each, sum(bad) / total)
  worst <- which.max(odds$lower)
  best <- which.min(odds$upper)
  group <- function(i) c(groups$from[i], groups$to[i])
  list(
    cell = cell, auc = auc,
    auc_at_least = auc - 4 * auc_error(auc, sum(bad), total - sum(bad)),
    worst = group(worst), worst_n = n_each[worst],
    worst_bad = bad_each[worst] / n_each[worst],
    worst_odds = odds$lower[worst],
    best = group(best), best_n = n_each[best], best_bad = bad_each[best] / n_each[best],
    best_odds = odds$upper[best],
    missing = in_cell[1L] / total,
    missing_bad = if (in_cell[1L]) bad_in_cell[1L] / in_cell[1L] else NA_real_
  )
}

# What is looked at: each cell, runs of 2, 4 and 8 neighbours, and all but the most
# common cell ("not missing", "not 0"), written as from = its number, to = 0
cell_groups <- function(in_cell, ascending) {
  n_cells <- length(in_cell)
  from <- seq_len(n_cells)
  to <- from
  for (width in c(2L, 4L, 8L)) {
    starts <- if (is.null(ascending)) 0L else n_cells - width - ascending + 2L
    if (starts < 1L) break
    run <- seq.int(ascending, length.out = starts)
    from <- c(from, run)
    to <- c(to, run + width - 1L)
  }
  list(from = c(from, which.max(in_cell)), to = c(to, 0L))
}

group_sums <- function(x, groups) {
  so_far <- c(0, cumsum(x))
  sums <- so_far[groups$to + 1L] - so_far[groups$from]
  last <- length(sums)
  sums[last] <- sum(x) - x[groups$from[last]]
  sums
}

# The values of a group of cells: `"Y"`, `0 to 12.5`, `missing`, `not 0`
cell_text <- function(x, cell, group) {
  if (group[2L] == 0L) return(paste("not", cell_text(x, cell, group[c(1L, 1L)])))
  if (group[1L] == 1L) return("missing")
  x <- x[cell >= group[1L] & cell <= group[2L]]
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
