# Bins of all features, learned from training rows: what lcrisk_woe() shows and a
# scorecard is made of. A list of plain vectors:
#
#   bins       codes of values and levels, as src/core/data/bins.h has them
#   start      where the codes of each feature start, and one more
#   cell       for every code the number of its cell, below
#   cells      list of vectors, one entry per cell: `feature` (number), `kind` ("range",
#              "levels", "special", "missing"), `from`, `to`, `event` and `other`
#              (masses), `woe`, `se`, `iv`, `judged` (FALSE: too small to speak, woe 0)
#   iv, iv_se  by feature
#   shape      by feature, in words
#   reason     by feature: why it failed, "" when it did not
#   total      masses of the events and of the others
#
# A cell may have several codes, because a special value cuts the range around it in two.

CANDIDATES <- 254L  # CR_BINS_MAX of src/core/data/bins.h

# In the order of cr_shape of src/core/woe/partition.h
woe_shapes <- c("none", "up", "down", "auto", "peak", "valley")

learn_bins <- function(x, y, weights, settings, run) {
  own <- intersect(names(settings$breaks), names(x))
  special <- lapply(stats::setNames(nm = names(x)), special_of, x, settings)
  parts <- c(
    find_bins(x[setdiff(names(x), own)], y, weights, special, settings, run),
    lapply(stats::setNames(nm = own), function(name) {
      manual_bins(x[[name]], settings$breaks[[name]], name, special[[name]])
    })
  )[names(x)]
  bins <- join_bins(parts)
  mass <- .Call(ffi_woe_tally, x, y, weights, bins, run)
  start <- c(0L, cumsum(bins$n_bins + 1L))
  n_cells <- vapply(parts, function(part) length(part$kind), 0L)
  offset <- c(0L, cumsum(n_cells))[seq_along(parts)]
  cell <- unlist(Map(function(part, offset) part$cell + offset, parts, offset),
                 use.names = FALSE)
  gather <- function(name) unlist(lapply(parts, `[[`, name), use.names = FALSE)
  cells <- list(
    feature = rep(seq_along(parts), n_cells), kind = gather("kind"),
    from = gather("from"), to = gather("to"),
    event = sum_by(mass$event, cell, sum(n_cells)),
    other = sum_by(mass$other, cell, sum(n_cells))
  )
  total <- c(event = sum(y * (weights %||% 1)), other = sum((1 - y) * (weights %||% 1)))
  woe <- list(
    bins = bins, start = start, cell = as.integer(cell),
    cells = weigh_evidence(cells, gather("sure"), total, settings),
    shape = vapply(parts, `[[`, "", "shape", USE.NAMES = FALSE), total = total
  )
  judge_features(woe, names(x), parts)
}

sum_by <- function(x, group, n) {
  as.vector(rowsum(c(x, numeric(n)), c(group, seq_len(n)), reorder = TRUE))
}

# ---- bins of one feature -----------------------------------------------------------

# The special values of a number; none of anything else. Values that are special in every
# feature have a cell where they occur.
special_of <- function(name, x, settings) {
  special <- settings$special
  if (is.factor(x[[name]]) || is.null(special)) return(numeric())
  if (is.list(special)) return(sort(as.double(special[[name]])))
  sort(special[special %in% x[[name]]])
}

# A part has, for one feature: `bins` in the core's terms, `cell` of every code from
# missing on, and of its cells `kind`, `from`, `to` and `sure` (TRUE: large enough by the
# rules or by the user's word)
find_bins <- function(x, y, weights, special, settings, run) {
  if (!length(x)) return(list())
  known <- Map(function(column, special) {
    if (length(special)) column[column %in% special] <- NA
    column
  }, x, special[names(x)])
  mass <- if (is.null(weights)) length(y) else sum(weights)
  direction <- settings$direction
  chosen <- if (is.null(names(direction))) rep(direction, length(x))
            else direction[match(names(x), names(direction))]
  chosen[is.na(chosen)] <- "auto"
  nominal <- vapply(x, function(column) is.factor(column) && !is.ordered(column), NA)
  how <- list(
    shape = match(chosen, woe_shapes) - 1L, nominal = as.raw(nominal),
    max_bins = settings$max_bins, min_class = settings$min_events,
    min_mass = max(settings$min_share * mass, settings$min_count),
    noise = settings$noise, rare = settings$rare * mass, candidates = CANDIDATES
  )
  found <- .Call(ffi_woe_bins, known, y, weights, how, run)
  start <- c(0L, cumsum(found$bins$n_bins + 1L))
  parts <- lapply(seq_along(x), function(j) {
    group <- found$group[start[j] + 1L + seq_len(found$bins$n_bins[j])]
    sure <- found$n_groups[j] > 0L
    if (!sure) group[] <- 1L
    shape <- if (nominal[j]) "levels" else woe_shapes[found$shape[j] + 1L]
    if (is.factor(x[[j]])) {
      at <- seq(found$bins$level_start[j] + 1L, length.out = found$bins$n_levels[j])
      code <- as.integer(found$bins$level_code[at])
      return(level_part(c(0L, group)[code + 1L], sure, shape))
    }
    at <- seq(found$bins$cut_start[j] + 1L, length.out = max(0L, length(group) - 1L))
    cuts <- plain_cuts(found$bins$cut[at][diff(group) != 0L], known[[j]])
    number_part(cuts, special[[names(x)[j]]], sure, shape)
  })
  stats::setNames(parts, names(x))
}

# Between the values on its two sides a cut is free: the number of the fewest decimals
# there, or of the most zeros, is the easiest to read.
plain_cuts <- function(cuts, x) {
  if (!length(cuts)) return(cuts)
  x <- sort(as.double(x), method = "radix")
  below <- findInterval(cuts, x)
  low <- x[below]
  high <- x[below + 1L]
  plain <- cuts
  for (digits in 15:-15) {
    size <- 10^abs(digits)
    rounded <- if (digits < 0L) ceiling(low / size) * size else {
      ceiling(low * size) / size
    }
    good <- which(rounded >= low & rounded < high)  # none where sizes overflow
    plain[good] <- rounded[good] + 0
  }
  plain
}

# `cuts` ascend; a special value is cut out of the range around it
number_part <- function(cuts, special, sure, shape) {
  all <- sort(unique(c(cuts, special, just_below(special))))
  to <- c(all, Inf)
  from <- c(-Inf, all)
  range <- findInterval(to, cuts, left.open = TRUE) + 1L
  is_special <- to %in% special & from %in% just_below(special)
  used <- sort(unique(range[!is_special]))
  n <- length(used)
  cell <- ifelse(is_special, n + match(to, special), match(range, used))
  list(
    bins = list(n_bins = length(to), n_levels = 0L, cut = all, level_code = raw()),
    cell = c(n + length(special) + 1L, cell),
    kind = c(rep("range", n), rep("special", length(special)), "missing"),
    from = c(c(-Inf, cuts)[used], special, NA), to = c(c(cuts, Inf)[used], special, NA),
    sure = c(rep(sure, n), rep(FALSE, length(special) + 1L)), shape = shape
  )
}

# The double before x
just_below <- function(x) {
  step <- abs(x) * 2^-53
  below <- x - step
  stuck <- below == x
  below[stuck] <- x[stuck] - 2 * step[stuck]
  below[x == 0] <- -2^-1074
  below
}

# `group` of every level, 0 for one that training rows do not have
level_part <- function(group, sure, shape) {
  n <- max(group, 0L)
  list(
    bins = list(n_bins = n, n_levels = length(group), cut = numeric(),
                level_code = as.raw(group)),
    cell = c(n + 1L, seq_len(n)), kind = c(rep("levels", n), "missing"),
    from = rep(NA_real_, n + 1L), to = rep(NA_real_, n + 1L),
    sure = c(rep(sure, n), FALSE), shape = shape
  )
}

# What the user wants: cuts, or groups of levels, to which the levels that are left out
# are added as the last
manual_bins <- function(x, breaks, name, special) {
  if (!is.factor(x)) {
    check_cuts(breaks, name)
    return(number_part(sort(as.double(breaks)), special, TRUE, "manual"))
  }
  check_groups_of_levels(breaks, name, levels(x))
  group <- rep(0L, nlevels(x))
  for (k in seq_along(breaks)) group[levels(x) %in% breaks[[k]]] <- k
  group[group == 0L] <- length(breaks) + 1L
  level_part(match(group, sort(unique(group))), TRUE, "manual")
}

check_cuts <- function(breaks, name) {
  ok <- is.numeric(breaks) && length(breaks) %in% 1:100 && all(is.finite(breaks)) &&
    !anyDuplicated(breaks)
  if (ok) return(invisible())
  abort_argument(sprintf("breaks$%s", name), "1 to 100 different finite numbers", breaks,
                 NULL, cure = "A bin has the values above one cut and up to the next.")
}

check_groups_of_levels <- function(breaks, name, levels) {
  arg <- sprintf("breaks$%s", name)
  ok <- is.list(breaks) && length(breaks) %in% 1:100 &&
    all(vapply(breaks, is.character, NA)) && !anyDuplicated(unlist(breaks))
  if (!ok) {
    abort_argument(arg, "a list of groups of different levels", breaks, NULL,
                   cure = "Such as `list(c(\"RENT\", \"OTHER\"), \"OWN\")`.")
  }
  if (any(unlist(breaks) %in% levels)) return(invisible())
  lcrisk_abort("input", "unknown_level",
               sprintf("No level of `%s` is in `%s`.", name, arg),
               cure = sprintf("It has %s.", quoted(levels)), arg = arg, call = NULL)
}

# The parts' bins, one after the other, as the core takes them
join_bins <- function(parts) {
  pick <- function(name) lapply(parts, function(part) part$bins[[name]])
  offsets <- function(x) as.integer(c(0L, cumsum(lengths(x))))
  list(
    n_bins = as.integer(unlist(pick("n_bins"), use.names = FALSE)),
    n_levels = as.integer(unlist(pick("n_levels"), use.names = FALSE)),
    cut_start = offsets(pick("cut")),
    cut = as.double(unlist(pick("cut"), use.names = FALSE)),
    level_start = offsets(pick("level_code")),
    level_code = as.raw(unlist(lapply(pick("level_code"), as.integer)))
  )
}

# ---- evidence ----------------------------------------------------------------------

# `smoothing` rows of the total's event rate are added to every cell, so that no weight is
# infinite and an empty cell weighs nothing.
weigh_evidence <- function(cells, sure, total, settings) {
  rate <- total[["event"]] / sum(total)
  event <- cells$event + settings$smoothing * rate
  other <- cells$other + settings$smoothing * (1 - rate)
  few <- pmin(cells$event, cells$other) < settings$min_events
  cells$judged <- (sure | !few) & cells$event + cells$other > 0
  woe <- log(event / other) - log(total[["event"]] / total[["other"]])
  refuse_infinite(woe[cells$judged])
  woe[!cells$judged] <- 0
  cells$woe <- woe
  spread <- 1 / event + 1 / other - 1 / total[["event"]] - 1 / total[["other"]]
  cells$se <- ifelse(cells$judged, sqrt(pmax(spread, 0)), 0)
  share <- cells$event / total[["event"]] - cells$other / total[["other"]]
  cells$iv <- share * woe
  cells
}

refuse_infinite <- function(woe) {
  if (all(is.finite(woe))) return(invisible())
  lcrisk_abort(
    "input", "empty_class", "A bin has events only or none: its evidence is infinite.",
    cure = "Give `smoothing` above 0, or fewer breaks.", arg = "smoothing", call = NULL
  )
}

# Information values with their standard errors, and what failed
judge_features <- function(woe, features, parts) {
  cells <- woe$cells
  p <- length(features)
  woe$iv <- sum_by(cells$iv, cells$feature, p)
  woe$iv_se <- vapply(seq_len(p), function(j) {
    iv_error(lapply(cells, `[`, cells$feature == j), woe$total)
  }, 0)
  n_judged <- tabulate(cells$feature[cells$judged], p)
  sure <- vapply(parts, function(part) part$sure[1L], NA)
  n_codes <- vapply(parts, function(part) part$bins$n_bins, 0L)
  reason <- ifelse(
    n_judged > 1L, "",
    ifelse(!sure, "too few rows or events",
           ifelse(n_codes < 2L & n_judged == 0L, "constant", "no cut keeps the rules"))
  )
  woe$reason <- as.character(reason)
  failed <- which(nzchar(woe$reason))
  gone <- cells$feature %in% failed
  woe$cells$woe[gone] <- 0
  woe$cells$iv[gone] <- 0
  woe$iv[failed] <- 0
  woe
}

# Delta method: events and others are two independent samples over the cells
iv_error <- function(cells, total) {
  p <- cells$event / total[["event"]]
  q <- cells$other / total[["other"]]
  kept <- p > 0 & q > 0
  p <- p[kept]
  q <- q[kept]
  woe <- cells$woe[kept]
  by_event <- woe + 1 - q / p
  by_other <- -woe + 1 - p / q
  spread <- (sum(p * by_event^2) - sum(p * by_event)^2) / total[["event"]] +
    (sum(q * by_other^2) - sum(q * by_other)^2) / total[["other"]]
  sqrt(max(spread, 0))
}

# ---- use ---------------------------------------------------------------------------

# Values of cells as the tables of an additive model without pairs, which the core scores
cell_tables <- function(woe, value, intercept = 0) {
  mass <- woe$cells$event + woe$cells$other
  once <- !duplicated(woe$cell)  # a cell's mass counts with its first code
  n <- length(woe$cell)
  list(
    intercept = as.double(intercept), start = as.integer(woe$start),
    value = as.double(value[woe$cell]), error = rep(NaN, n),
    mass = ifelse(once, mass[woe$cell], 0), group = raw(n), first = integer(),
    second = integer(), pair_gain = double(), pair_value = double(),
    pair_error = double(), pair_mass = double()
  )
}

# Rows x features: the value of each row's cell
cell_values <- function(woe, value, x, run) {
  .Call(ffi_additive_score, x, woe$bins, cell_tables(woe, value), TRUE, run)
}

# The cells as a table in words; `levels` by feature, from the blueprint
cell_table <- function(woe, features, levels) {
  cells <- woe$cells
  level <- vector("list", length(cells$kind))
  for (j in which(woe$bins$n_levels > 0L)) {
    at <- seq(woe$bins$level_start[j] + 1L, length.out = woe$bins$n_levels[j])
    code <- as.integer(woe$bins$level_code[at])
    row <- woe$cell[woe$start[j] + 1L + code]
    row[code == 0L] <- NA
    sets <- split(levels[[features[j]]], row)
    level[as.integer(names(sets))] <- sets
  }
  label <- ifelse(cells$kind == "range", range_text(cells$from, cells$to),
                  ifelse(cells$kind == "special", format_numbers(cells$from), "missing"))
  in_levels <- cells$kind == "levels"
  label[in_levels] <- vapply(level[in_levels], paste, "", collapse = " | ")
  n <- cells$event + cells$other
  out <- data.table(
    feature = features[cells$feature], bin = sequence(rle(cells$feature)$lengths),
    kind = cells$kind, label = label, from = cells$from, to = cells$to, n = n,
    event = cells$event, share = n / sum(woe$total),
    rate = ifelse(n > 0, cells$event / n, NA_real_), woe = cells$woe, se = cells$se,
    iv = cells$iv
  )
  set(out, j = "levels", value = level)
  out
}
