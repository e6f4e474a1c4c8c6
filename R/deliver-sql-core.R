# The log-odds of each learner as SQL. sql_core() gets the names of the model's columns
# in the statement: numbers are doubles or NULL, levels are whole numbers, 0 when missing.
# It gives
#
#   codes    for each feature with levels the number that each of them becomes
#   layers   columns that have to be computed first, a named vector of SQL for each step
#   terms    SQL whose sum is the log-odds
#
# `columns` is what sql_columns() made.

sql_core <- function(learner, core, columns, dialect) UseMethod("sql_core")

#' @exportS3Method
sql_core.default <- function(learner, core, columns, dialect) {
  lcrisk_abort(
    "model", "learner",
    sprintf("A model of the learner `%s` cannot be written as SQL.", learner$kind),
    cure = paste("Train `boost`, `additive` or `logit`; lcrisk_page() and",
                 "lcrisk_serve() score any learner."),
    call = NULL
  )
}

# ---- logistic regression -----------------------------------------------------------

#' @exportS3Method
sql_core.lcrisk_logit <- function(learner, core, columns, dialect) {
  design <- core$design
  b <- unname(core$coefficient)
  scaled <- character()
  terms <- sql_number(b[1L], dialect)
  for (j in which(diff(design$first_term) > 0L)) {
    own <- b[seq(design$first_term[j] + 2L, design$first_term[j + 1L] + 1L)]
    if (columns$is_level[j]) {
      terms <- c(terms, sql_indicators(design, own, j, columns, dialect))
    } else {
      z <- paste0("lc_z", j)
      scaled[[z]] <- sql_scaled(design, j, columns$name[j], dialect)
      terms <- c(terms, sql_hinges(design, own, j, z, columns$name[j], dialect))
    }
  }
  list(codes = level_numbers(columns), layers = list(scaled), terms = terms)
}

# Every level its place among the levels
level_numbers <- function(columns) lapply(columns$levels, seq_along)

sql_indicators <- function(design, b, j, columns, dialect) {
  n_levels <- length(columns$levels[[columns$feature[j]]])
  at <- seq(design$level_start[j] + 1L, length.out = n_levels)
  term <- design$level_term[at]
  value <- ifelse(term < 0L, 0, INDICATOR * b[pmax(term, 0L) + 1L])
  missing <- if (design$missing[j] == 1L) INDICATOR * b[length(b)] else 0
  # levels that the design does not know are missing
  sql_match(columns$name[j], seq_along(term), sql_number(value, dialect),
            sql_number(missing, dialect))
}

# Clamped, on its scale, standardised; missing is the mean
sql_scaled <- function(design, j, x, dialect) {
  number <- function(part) sql_number(design[[part]][j], dialect)
  clamped <- sprintf("CASE WHEN %s < %s THEN %s WHEN %s > %s THEN %s ELSE %s END", x,
                     number("low"), number("low"), x, number("high"), number("high"), x)
  value <- sprintf("(%s) * %s", clamped, number("factor"))
  if (design$logged[j] == 1L) {
    value <- sql_ln(sprintf("%s + %s", sql_number(1, dialect), value), dialect)
  }
  sprintf("CASE WHEN %s IS NULL THEN %s ELSE (%s - %s) * %s END", x,
          sql_number(0, dialect), value, number("mean"), number("gain"))
}

sql_hinges <- function(design, b, j, z, x, dialect) {
  at <- seq(design$knot_start[j] + 1L, length.out = diff(design$knot_start)[j])
  zero <- sql_number(0, dialect)
  hinge <- b[1L + seq_along(at)] * design$slope[at]
  knot <- sql_number(design$knot[at], dialect)
  c(
    sprintf("%s * %s", z, sql_number(b[1L], dialect)),
    sprintf("CASE WHEN %s > %s THEN (%s - %s) * %s ELSE %s END", z, knot, z, knot,
            sql_number(hinge, dialect), zero)[hinge != 0],
    if (design$missing[j] == 1L) {
      sprintf("CASE WHEN %s IS NULL THEN %s ELSE %s END", x,
              sql_number(INDICATOR * b[length(b)], dialect), zero)
    }
  )
}

# ---- additive ----------------------------------------------------------------------

#' @exportS3Method
sql_core.lcrisk_additive <- function(learner, core, columns, dialect) {
  tables <- core$tables
  bins <- core$bins
  of_feature <- function(values, j) {
    values[seq(tables$start[j] + 1L, tables$start[j + 1L])]
  }
  used <- which(vapply(seq_along(columns$name), function(j) {
    any(of_feature(tables$value, j) != 0)
  }, NA))
  curves <- vapply(used, function(j) {
    values <- sql_number(of_feature(tables$value, j), dialect)
    sql_by_code(columns$name[j], values, bins, j, dialect)
  }, "")
  paired <- sort(unique(c(tables$first, tables$second))) + 1L
  groups <- vapply(paired, function(j) {
    group <- as.character(as.integer(of_feature(tables$group, j)))
    sql_by_code(columns$name[j], group, bins, j, dialect)
  }, "")
  names(groups) <- sprintf("lc_g%d", paired)
  places <- sprintf("%d * lc_g%d + lc_g%d", PAIR_GRID, tables$first + 1L,
                    tables$second + 1L)
  names(places) <- sprintf("lc_q%d", seq_along(places))
  list(codes = bin_numbers(bins, columns), layers = list(groups, places),
       terms = c(sql_number(tables$intercept, dialect), curves,
                 sql_pairs(tables, names(places), dialect)))
}

PAIR_GRID <- 16L  # groups of a feature in a pair: CR_SMOOTH_GRID of the core

sql_pairs <- function(tables, places, dialect) {
  cells <- PAIR_GRID * PAIR_GRID
  vapply(seq_along(places), function(q) {
    value <- tables$pair_value[seq((q - 1L) * cells + 1L, length.out = cells)]
    sql_ladder(places[q], as.character(seq_len(cells - 1L) - 1L),
               sql_number(value, dialect))
  }, "")
}

# Every level the number of its bin, as the core encodes it
bin_numbers <- function(bins, columns) {
  out <- columns$levels
  for (name in names(out)) {
    j <- match(name, columns$feature)
    at <- seq(bins$level_start[j] + 1L, length.out = length(out[[name]]))
    out[[name]] <- as.integer(bins$level_code[at])
  }
  out
}

# values[1] when missing, then one for each bin
sql_by_code <- function(x, values, bins, j, dialect) {
  if (bins$n_levels[j] > 0L) {
    return(sql_match(x, seq_along(values) - 1L, values, values[1L]))
  }
  if (length(values) == 1L || all(values == values[1L])) return(values[1L])
  cut <- bins$cut[seq(bins$cut_start[j] + 1L, length.out = length(values) - 2L)]
  sprintf("CASE WHEN %s IS NULL THEN %s ELSE %s END", x, values[1L],
          sql_ladder(x, sql_number(cut, dialect), values[-1L]))
}

# Its points are tables as those of an additive model are, without pairs.
#' @exportS3Method
sql_core.lcrisk_scorecard <- sql_core.lcrisk_additive

# ---- boosted trees -----------------------------------------------------------------

#' @exportS3Method
sql_core.lcrisk_boost <- function(learner, core, columns, dialect) {
  goes <- sql_splits(core$trees, core$bins, columns, dialect)
  list(codes = bin_numbers(core$bins, columns), layers = list(),
       terms = c(sql_number(core$base, dialect), sql_trees(core$trees, goes, dialect)))
}

# For every inner node the condition to go left and the one to go right: one holds, and
# is never unknown.
sql_splits <- function(trees, bins, columns, dialect) {
  j <- trees$feature + 1L
  left <- right <- character(length(j))
  inner <- j > 0L
  by_bin <- which(inner & trees$subset < 0L)
  if (length(by_bin)) {
    split <- sql_cuts(j[by_bin], trees$bin[by_bin], trees$missing_left[by_bin] == 1L,
                      bins, columns, dialect)
    left[by_bin] <- split$left
    right[by_bin] <- split$right
  }
  for (node in which(inner & trees$subset >= 0L)) {
    from <- trees$subset[node] * SUBSET_BYTES
    bits <- as.logical(rawToBits(trees$subset_bits[from + seq_len(SUBSET_BYTES)]))
    domain <- 0:bins$n_bins[j[node]]
    split <- sql_subset(columns$name[j[node]], domain[bits[domain + 1L]], domain)
    left[node] <- split[1L]
    right[node] <- split[2L]
  }
  list(left = left, right = right)
}

SUBSET_BYTES <- 32L  # CR_SUBSET_BYTES of the core

sql_cuts <- function(j, bin, missing_left, bins, columns, dialect) {
  x <- columns$name[j]
  n_cuts <- diff(bins$cut_start)[j]
  # beyond the last cut every known value goes left
  known <- bins$n_bins[j] > 0L
  splits <- known & bin <= n_cuts
  cut <- numeric(length(j))
  cut[splits] <- bins$cut[(bins$cut_start[j] + bin)[splits]]
  cut <- sql_number(cut, dialect)
  left <- ifelse(splits, sprintf("%s <= %s", x, cut),
                 ifelse(known, sprintf("%s IS NOT NULL", x), "1 = 0"))
  right <- ifelse(splits, sprintf("%s > %s", x, cut), "1 = 0")
  missing <- ifelse(known, sprintf("%s IS NULL", x), "1 = 1")
  list(left = ifelse(missing_left, paste(left, "OR", missing), left),
       right = ifelse(missing_left, right, paste(right, "OR", missing)))
}

sql_subset <- function(x, codes, domain) {
  rest <- setdiff(domain, codes)
  if (!length(rest)) return(c("1 = 1", "1 = 0"))
  if (!length(codes)) return(c("1 = 0", "1 = 1"))
  short <- if (length(codes) <= length(rest)) codes else rest
  within <- sprintf(c("%s IN (%s)", "%s NOT IN (%s)"), x, paste(short, collapse = ", "))
  if (length(codes) <= length(rest)) within else rev(within)
}

# One CASE for each tree. The side that nests less stands inside, the other one goes on
# in the same CASE, so that 2^k leaves nest at most k deep: SQLite's parser holds 20.
sql_trees <- function(trees, goes, dialect) {
  # of a leaf its value, of other nodes what stands between CASE and END
  text <- sql_number(trees$value, dialect)
  nests <- integer(length(text))
  starts <- trees$tree_start[-length(trees$tree_start)] + 1L
  start <- starts[findInterval(seq_along(text), starts)]
  is_leaf <- trees$feature < 0L
  for (node in rev(which(!is_leaf))) {  # children come after parents
    pair <- start[node] + c(trees$left[node], trees$right[node])
    first <- if (nests[pair[1L]] <= nests[pair[2L]]) 1L else 2L
    inside <- pair[first]
    after <- pair[3L - first]
    when <- if (first == 1L) goes$left[node] else goes$right[node]
    text[node] <- paste0(
      "WHEN ", when, " THEN ", if (is_leaf[inside]) text[inside] else
        paste("CASE", text[inside], "END"),
      if (is_leaf[after]) " ELSE " else " ", text[after]
    )
    nests[node] <- max(nests[inside] + 1L, nests[after])
  }
  ifelse(is_leaf[starts], text[starts], paste("CASE", text[starts], "END"))
}

# ---- calibration -------------------------------------------------------------------

# Columns to compute one after the other; the last is the calibrator's log-odds from
# those before, in the column `x`
sql_calibrator <- function(calibrator, x, to, dialect) {
  b <- unname(calibrator$coefficient)
  number <- function(v) sql_number(v, dialect)
  if (calibrator$method == "isotonic") {
    rate <- paste0(to, "_rate")
    logit <- sql_ln(sprintf("%s / (%s - %s)", rate, number(1), rate), dialect)
    return(list(stats::setNames(sql_steps(calibrator$steps, x, dialect), rate),
                stats::setNames(logit, to)))
  }
  map <- switch(
    calibrator$method,
    beta = sprintf("%s + %s * %s - %s * %s", number(b[1L]), number(b[2L]),
                   sql_log_prob(x, dialect), number(b[3L]),
                   sql_log_prob(sprintf("(-%s)", x), dialect)),
    sprintf("%s + %s * %s", number(b[1L]), number(b[2L]), x)
  )
  list(stats::setNames(map, to))
}

# e^-|x|, which PostgreSQL refuses to let become 0
sql_exp_down <- function(x, dialect) {
  far <- sql_number(700, dialect)
  sprintf("exp(-(CASE WHEN abs(%s) > %s THEN %s ELSE abs(%s) END))", x, far, far, x)
}

# log(1 / (1 + e^-x))
sql_log_prob <- function(x, dialect) {
  above_one <- sprintf("%s + %s", sql_number(1, dialect), sql_exp_down(x, dialect))
  tail <- sql_ln(above_one, dialect)
  sprintf("(CASE WHEN %s < 0 THEN %s ELSE 0 END - %s)", x, x, tail)
}

# Constant on the blocks, straight between them
sql_steps <- function(steps, x, dialect) {
  number <- function(v) sql_number(v, dialect)
  n <- length(steps$rate)
  rate <- number(steps$rate)
  if (n > 1L) {
    b <- 2:n
    slope <- diff(steps$rate) / (steps$lowest[b] - steps$highest[b - 1L])
    rate[b] <- sprintf(
      "CASE WHEN %s >= %s THEN %s ELSE %s + (%s - %s) * %s END", x,
      number(steps$lowest[b]), rate[b], number(steps$rate[b - 1L]), x,
      number(steps$highest[b - 1L]), number(slope)
    )
  }
  sql_ladder(x, number(steps$highest), c(rate, number(steps$rate[n])))
}

sql_logistic <- function(x, dialect) {
  one <- sql_number(1, dialect)
  down <- sql_exp_down(x, dialect)
  sprintf("CASE WHEN %s >= 0 THEN %s / (%s + %s) ELSE %s / (%s + %s) END", x, one, one,
          down, down, one, down)
}
