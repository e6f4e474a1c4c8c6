#' Terms of an additive model
#'
#' Everything an additive model knows, as one table: what each value, level or pair of
#' values adds to the log-odds, how sure that is, and how many points it is worth.
#'
#' @param model An `lcrisk_model` trained with [lcrisk_additive()].
#' @param ... Nothing else: an unknown argument is an error.
#' @param points Points that double the odds against the event (number, above 0). More
#'   points are less risk.
#' @param level Coverage of the intervals, between 0 and 1.
#' @return A data.table of class `lcrisk_terms`, one row for each cell of each term, the
#'   terms that matter most first:
#'   * `term`: the feature, or `"a : b"` for a pair; `kind`: `"number"`, `"level"` or
#'     `"pair"`;
#'   * `cell`: the cell in words; for numbers `from` and `to` too: the cell has the
#'     values above `from` and up to `to`;
#'   * `share`: of the (weighted) training rows;
#'   * `log_odds` of the event, `se`, `lower`, `upper`;
#'   * `points`: `-log_odds * points / log(2)`;
#'   * `importance`: the term's mean absolute log-odds over the training rows.
#'
#'   Attributes: `intercept` (log-odds), `level`, `points`. `plot()` draws terms,
#'   `as.data.table()` gives the plain table.
#' @details The log-odds of a row are the intercept plus one cell of every term; each
#'   term's mean over the training rows is 0. Missing values have the cell `missing`, as
#'   have levels unseen in training. Cells of pairs are groups of the features' values.
#'   Intervals are normal, from the grouped jackknife over the folds, see
#'   [lcrisk_additive()]; NA without folds.
#' @section Errors: `lcrisk_error_input` (`not_additive`) for a model of another learner;
#'   `lcrisk_error_model` when it is damaged.
#' @family explaining
#' @examples
#' set.seed(1)
#' data <- data.frame(income = runif(500, 20, 90))
#' data$default <- runif(500) < plogis(2 - 0.06 * data$income)
#' model <- lcrisk_train(default ~ income, data, learner = "additive", seed = 1)
#' terms <- lcrisk_terms(model)
#' terms
#' plot(terms)
#' @export
lcrisk_terms <- function(model, ..., points = 20, level = 0.95) {
  check_call(...)
  check_model(model)
  points <- check_number(points, 0)
  if (points == 0) abort_argument("points", "above 0", points, rlang::current_env())
  level <- check_level(level)
  if (model$learner$kind != "additive") {
    lcrisk_abort(
      "input", "not_additive",
      sprintf("`model` must be additive, not `%s`.", model$learner$kind),
      cure = "Train it with `learner = \"additive\"`.", arg = "model"
    )
  }
  tables <- model$core$tables
  features <- lapply(seq_along(model$blueprint$features), feature_cells, model = model)
  pairs <- lapply(seq_along(tables$first), pair_cells, model = model)
  out <- rbindlist(c(features, pairs), fill = TRUE)
  reach <- normal_quantile(level) * out[["se"]]
  set(out, j = "lower", value = out[["log_odds"]] - reach)
  set(out, j = "upper", value = out[["log_odds"]] + reach)
  set(out, j = "points", value = -out[["log_odds"]] * points / log(2))
  setcolorder(out, c("term", "kind", "cell", "from", "to", "share", "log_odds", "se",
                     "lower", "upper", "points", "importance"))
  setorderv(out, "importance", -1L)
  for (name in c("points", "level")) setattr(out, name, get(name))
  setattr(out, "intercept", tables$intercept)
  setattr(out, "class", c("lcrisk_terms", class(out)))
  out[]
}

# ---- cells -----------------------------------------------------------------------

GRID <- 16L  # CR_SMOOTH_GRID of src/core/additive/smooth.h

# The cells of feature j: missing and levels or ranges
feature_cells <- function(model, j) {
  tables <- model$core$tables
  at <- seq(tables$start[j] + 1L, tables$start[j + 1L])
  cells <- cell_labels(model, j)
  set(cells, j = "term", value = model$blueprint$features[j])
  set(cells, j = "log_odds", value = tables$value[at])
  set(cells, j = "se", value = tables$error[at])
  cells <- weigh_cells(cells, tables$mass[at])
  cells[cells[["share"]] > 0 | cells[["cell"]] == "missing"]
}

weigh_cells <- function(cells, mass) {
  share <- mass / sum(mass)
  set(cells, j = "share", value = share)
  set(cells, j = "importance", value = sum(share * abs(cells[["log_odds"]])))
  cells
}

# `cell`, `kind`, `from` and `to` of the codes 0, 1, ... of feature j
cell_labels <- function(model, j) {
  bins <- model$core$bins
  n <- bins$n_bins[j]
  if (bins$n_levels[j] > 0L) {
    name <- model$blueprint$features[j]
    code <- as.integer(bins$level_code[bins$level_start[j] + seq_len(bins$n_levels[j])])
    levels <- model$blueprint$levels[[name]]
    text <- vapply(seq_len(n), function(c) {
      paste(levels[code == c], collapse = " | ")
    }, "")
    return(data.table(kind = "level", cell = c("missing", text), from = NA_real_,
                      to = NA_real_))
  }
  cuts <- bins$cut[seq(bins$cut_start[j] + 1L, length.out = max(0L, n - 1L))]
  from <- c(-Inf, cuts)[seq_len(n)]
  to <- c(cuts, Inf)[seq_len(n)]
  data.table(kind = "number", cell = c("missing", range_text(from, to)),
             from = c(NA_real_, from), to = c(NA_real_, to))
}

range_text <- function(from, to) {
  ifelse(from == -Inf & to == Inf, "any",
         ifelse(from == -Inf, paste("up to", format_numbers(to)),
                ifelse(to == Inf, paste("above", format_numbers(from)),
                       paste(format_numbers(from), "to", format_numbers(to)))))
}

format_numbers <- function(x) if (length(x)) format_number(x) else character()

# The cells of pair q that training rows are in
pair_cells <- function(model, q) {
  tables <- model$core$tables
  pair <- c(tables$first[q], tables$second[q]) + 1L
  at <- (q - 1L) * GRID^2 + seq_len(GRID^2)
  groups <- lapply(pair, group_labels, model = model)
  cells <- data.table(
    term = paste(model$blueprint$features[pair], collapse = " : "), kind = "pair",
    cell = paste(rep(groups[[1L]], each = GRID), rep(groups[[2L]], GRID), sep = " : "),
    log_odds = tables$pair_value[at], se = tables$pair_error[at]
  )
  cells <- weigh_cells(cells, tables$pair_mass[at])
  cells[cells[["share"]] > 0]
}

# The groups 0 .. 15 of feature j in words
group_labels <- function(model, j) {
  tables <- model$core$tables
  at <- seq(tables$start[j] + 1L, tables$start[j + 1L])
  group <- as.integer(tables$group[at])
  used <- tables$mass[at] > 0
  labels <- cell_labels(model, j)
  vapply(seq_len(GRID) - 1L, function(g) {
    mine <- which(group == g & used)
    if (!length(mine)) return("")
    known <- setdiff(mine, 1L)
    text <- if (labels[["kind"]][1L] == "level" || !length(known)) {
      labels[["cell"]][known]
    } else {
      range_text(labels[["from"]][known[1L]], labels[["to"]][known[length(known)]])
    }
    paste(c(if (1L %in% mine) "missing", text), collapse = " | ")
  }, "")
}

# ---- print and plot --------------------------------------------------------------

#' Print and plot the terms of an additive model
#'
#' @param x What [lcrisk_terms()] returned.
#' @param ... Not used by `format()` and `print()`; `plot()` hands it to
#'   [graphics::plot.default()].
#' @return `format()`: character, one line per entry. `print()` and `plot()`: `x`,
#'   invisibly. `as.data.table()`: the table without class and attributes.
#' @details `plot()` draws numbers as curves and levels as points, with their intervals,
#'   missing values at the left; pairs as a picture of their cells, red for more risk.
#' @examples
#' set.seed(1)
#' data <- data.frame(income = runif(500, 20, 90))
#' data$default <- runif(500) < plogis(2 - 0.06 * data$income)
#' model <- lcrisk_train(default ~ income, data, learner = "additive", seed = 1)
#' plot(lcrisk_terms(model), term = "income")
#' @name lcrisk_terms-methods
#' @keywords internal
NULL

#' @rdname lcrisk_terms-methods
#' @export
format.lcrisk_terms <- function(x, ...) {
  if (is.null(attr(x, "intercept")) || !all(c("term", "importance") %in% names(x))) {
    return(c("<lcrisk_terms>", utils::capture.output(print(plain_table(x)))))
  }
  first <- !duplicated(x[["term"]])
  terms <- x[["term"]][first]
  n_pairs <- sum(x[["kind"]][first] == "pair")
  shown <- utils::head(seq_along(terms), 6L)
  lines <- vapply(terms[shown], function(term) {
    mine <- x[["log_odds"]][x[["term"]] == term]
    size <- x[["importance"]][match(term, x[["term"]])]
    sprintf("%s  %.3f  (%+.2f to %+.2f)", term, size, min(mine), max(mine))
  }, "", USE.NAMES = FALSE)
  c(
    sprintf("<lcrisk_terms> %d features, %d pairs, intercept %.3f (log-odds)",
            length(terms) - n_pairs, n_pairs, attr(x, "intercept")),
    "  term, mean |log-odds|, range:", paste0("  ", lines),
    if (length(terms) > 6L) sprintf("  and %d more", length(terms) - 6L),
    "Next: plot(, term = ), as.data.table() for all cells and points."
  )
}

#' @rdname lcrisk_terms-methods
#' @export
print.lcrisk_terms <- function(x, ...) {
  cat(format(x), sep = "\n")
  invisible(x)
}

#' @rdname lcrisk_terms-methods
#' @param keep.rownames Not used.
#' @export
as.data.table.lcrisk_terms <- function(x, keep.rownames = FALSE, ...) plain_table(x)

#' @rdname lcrisk_terms-methods
#' @param term Names of the terms to draw, a panel each; NULL: the six that matter most.
#' @export
plot.lcrisk_terms <- function(x, ..., term = NULL) {
  look <- plot_look()
  on.exit(graphics::par(look), add = TRUE)
  all <- unique(x[["term"]])
  if (is.null(term)) term <- utils::head(all, 6L)
  for (one in term) check_choice(one, all, "term")
  columns <- ceiling(sqrt(length(term)))
  old <- graphics::par(mfrow = c(ceiling(length(term) / columns), columns),
                       mar = c(4.1, 4.1, 2.1, 1.1), las = 1)
  on.exit(graphics::par(old), add = TRUE, after = FALSE)
  for (one in term) {
    cells <- plain_table(x)[x[["term"]] == one]
    draw <- switch(cells[["kind"]][1L], number = plot_number_term,
                   level = plot_level_term,
                   pair = plot_pair_term)
    draw(cells, one, ...)
  }
  invisible(x)
}

plot_number_term <- function(cells, name, ...) {
  known <- cells[cells[["cell"]] != "missing"]
  from <- known[["from"]]
  to <- known[["to"]]
  ends <- range(from[is.finite(from)], to[is.finite(to)], 0, finite = TRUE)
  if (any(is.finite(c(from, to)))) ends <- range(c(from, to)[is.finite(c(from, to))])
  pad <- max(diff(ends), 1e-9) / 20
  from <- pmax(from, ends[1L] - pad)
  to <- pmin(to, ends[2L] + pad)
  y <- c(known[["lower"]], known[["upper"]], known[["log_odds"]])
  graphics::plot(range(from, to), range(y, finite = TRUE), type = "n", xlab = name,
                 ylab = "log-odds", main = name, ...)
  if (!anyNA(known[["lower"]])) {
    graphics::rect(from, known[["lower"]], to, known[["upper"]], col = "grey85",
                   border = NA)
  }
  graphics::segments(from, known[["log_odds"]], to, known[["log_odds"]], lwd = 2)
  missing <- cells[cells[["cell"]] == "missing" & cells[["share"]] > 0]
  graphics::points(rep(ends[1L] - pad, nrow(missing)), missing[["log_odds"]], pch = 4)
  graphics::abline(h = 0, lty = 3)
}

plot_level_term <- function(cells, name, ...) {
  cells <- cells[cells[["share"]] > 0]
  at <- seq_len(nrow(cells))
  y <- range(cells[["lower"]], cells[["upper"]], cells[["log_odds"]], finite = TRUE)
  graphics::plot(at, cells[["log_odds"]], ylim = y, xaxt = "n", xlab = "", pch = 19,
                 ylab = "log-odds", main = name, ...)
  graphics::segments(at, cells[["lower"]], at, cells[["upper"]])
  graphics::axis(1L, at, substr(cells[["cell"]], 1L, 12L), las = 2, cex.axis = 0.7)
  graphics::abline(h = 0, lty = 3)
}

plot_pair_term <- function(cells, name, ...) {
  parts <- strsplit(cells[["cell"]], " : ", fixed = TRUE)
  side <- function(k) vapply(parts, `[`, "", k)
  a <- match(side(1L), unique(side(1L)))
  b <- match(side(2L), unique(side(2L)))
  reach <- max(abs(cells[["log_odds"]]), 1e-9)
  shade <- grDevices::colorRampPalette(c("steelblue", "white", "firebrick"))(21L)
  colour <- shade[1L + round(10 * (1 + cells[["log_odds"]] / reach))]
  axes <- strsplit(name, " : ", fixed = TRUE)[[1L]]
  graphics::plot(range(a) + c(-0.5, 0.5), range(b) + c(-0.5, 0.5), type = "n",
                 xaxt = "n", yaxt = "n", xlab = axes[1L], ylab = axes[2L],
                 main = sprintf("%s (to %.2f)", name, reach), ...)
  graphics::rect(a - 0.5, b - 0.5, a + 0.5, b + 0.5, col = colour, border = NA)
}
