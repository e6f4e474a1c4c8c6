#' Points of a scorecard
#'
#' The table that a scorecard is: for each feature its bins, and the whole points of each.
#' A row's score is the base plus the points of its bin of every feature.
#'
#' @param model An `lcrisk_model` trained with [lcrisk_scorecard()].
#' @param file NULL, or a path that ends in `.csv` or `.html`: the table is written there
#'   too.
#' @param ... Nothing else: an unknown argument is an error.
#' @return A data.table of class `lcrisk_points`. The first row is the base (`feature` is
#'   `"(base)"`, without it when the base was spread); then one row per bin, the features
#'   with the widest range of points first:
#'   * `feature`, `bin` (number), `kind` (`"base"`, `"range"`, `"levels"`, `"special"`,
#'     `"missing"`), `label`; `from` and `to`: a range has the values above `from` and up
#'     to `to`, a special value is both; `levels`: a list, the levels of the bin;
#'   * `points` (whole), `exact` (before rounding);
#'   * `share` (of the training rows), `rate` (of events), `woe`, `log_odds` (of the
#'     event: coefficient times woe; of the base, the intercept).
#'
#'   Attributes: `features`, a data.table with `feature`, `iv`, `coefficient`, `se`,
#'   `p_value`; `settings`, a list with `points`, `odds`, `pdo`; `factor` and `offset`:
#'   the log-odds of the event are `(offset - score) / factor`; `bound`: the largest
#'   difference in points between a score and its unrounded value. `plot()` draws it,
#'   `as.data.table()` gives the plain table.
#' @details Levels that training had not count as missing. A feature's missing bin is
#'   there even when no row was missing; its points are then those of no evidence.
#'
#'   In a csv file levels are one text, separated by ` | `. The html file is one page
#'   without scripts that needs no other file.
#' @section Errors: `lcrisk_error_input`: `not_scorecard` for a model of another learner,
#'   `bad_file` for another ending; `lcrisk_error_io` when the file cannot be written;
#'   `lcrisk_error_model` when the model is damaged.
#' @family decisions
#' @examples
#' set.seed(1)
#' data <- data.frame(income = runif(2000, 20, 90))
#' data$default <- runif(2000) < plogis(2 - 0.06 * data$income)
#' model <- lcrisk_train(default ~ income, data, learner = "scorecard", seed = 1)
#' lcrisk_points(model)
#' predict(model, data[1:5, ], type = "score")
#' @export
lcrisk_points <- function(model, ..., file = NULL) {
  check_call(...)
  check_scorecard(model)
  out <- points_table(model)
  if (!is.null(file)) write_points(out, file)
  out
}

check_scorecard <- function(model, arg = "model", call = caller_env()) {
  check_model(model, arg, call)
  if (model$learner$kind == "scorecard") return(invisible(model))
  lcrisk_abort(
    "input", "not_scorecard",
    sprintf("`%s` must be a scorecard, not `%s`.", arg, model$learner$kind),
    cure = "Train it with `learner = \"scorecard\"`.", arg = arg, call = call
  )
}

points_table <- function(model) {
  core <- model$core
  features <- model$blueprint$features
  cells <- cell_table(core, features, model$blueprint$levels)
  feature <- core$cells$feature
  set(cells, j = "points", value = core$points)
  set(cells, j = "exact", value = core$exact)
  set(cells, j = "log_odds", value = core$coefficient[feature] * core$cells$woe)
  reach <- tapply(core$exact, feature, function(x) diff(range(x)))
  kept <- which(core$coefficient != 0)
  order <- kept[order(-reach[kept])]
  rows <- order(match(feature, order), na.last = NA)
  cells <- cells[rows]
  base <- data.table(feature = "(base)", bin = 0L, kind = "base", label = "every row",
                     points = core$base, exact = core$base_exact,
                     log_odds = core$intercept)
  out <- rbindlist(list(if (!model$learner$params$spread || !length(kept)) base, cells),
                   fill = TRUE)[, c("feature", "bin", "kind", "label", "points", "exact",
                                    "share", "rate", "woe", "log_odds", "from", "to",
                                    "levels"), with = FALSE]
  fits <- data.table(feature = features, iv = core$iv, coefficient = core$coefficient,
                     se = core$error)[order]
  z <- fits[["coefficient"]] / fits[["se"]]
  set(fits, j = "p_value", value = 2 * stats::pnorm(-abs(z)))
  about <- list(
    features = fits, settings = model$learner$params[c("points", "odds", "pdo")],
    factor = core$factor, offset = core$offset, bound = core$bound,
    event = event_text(model$outcome, model$event),
    calibrated = length(model$calibration) > 0L
  )
  for (name in names(about)) setattr(out, name, about[[name]])
  setattr(out, "class", c("lcrisk_points", class(out)))
  out[]
}

# ---- files -------------------------------------------------------------------------

write_points <- function(points, file, call = caller_env()) {
  file <- check_string(file, call = call)
  ending <- tolower(sub(".*\\.", "", basename(file)))
  if (!ending %in% c("csv", "html")) {
    lcrisk_abort("input", "bad_file",
                 sprintf("`file` must end in `.csv` or `.html`, not be \"%s\".", file),
                 arg = "file", call = call)
  }
  tryCatch(
    if (ending == "csv") points_csv(points, file) else {
      writeLines(enc2utf8(points_html(points)), file, useBytes = TRUE)
    },
    error = function(e) stop_unwritable(file, e, call),
    warning = function(w) stop_unwritable(file, w, call)
  )
}

stop_unwritable <- function(file, why, call) {
  lcrisk_abort("io", "cannot_write", sprintf("`%s` cannot be written.", file),
               cure = conditionMessage(why), call = call)
}

points_csv <- function(points, file) {
  plain <- plain_table(points)
  set(plain, j = "levels", value = vapply(plain[["levels"]], paste, "", collapse = " | "))
  fwrite(plain, file, bom = FALSE, dec = ".")
}

points_html <- function(points) {
  settings <- attr(points, "settings")
  row <- function(i) {
    cell <- function(text, tag = "td") {
      sprintf("<%s>%s</%s>", tag, html_text(as.character(text)), tag)
    }
    rate <- points[["rate"]][i]
    new <- i == 1L || points[["feature"]][i] != points[["feature"]][i - 1L]
    paste0(
      if (new) "<tr class=\"first\">" else "<tr>",
      cell(if (new) points[["feature"]][i] else "", "th"), cell(points[["label"]][i]),
      cell(points[["points"]][i]),
      cell(if (is.na(points[["share"]][i])) "" else share_text(points[["share"]][i])),
      cell(if (is.na(rate)) "" else share_text(rate)), "</tr>"
    )
  }
  c(
    "<!doctype html><html lang=\"en\"><head><meta charset=\"utf-8\">",
    "<title>Scorecard</title><style>",
    "body{font:15px/1.4 sans-serif;max-width:50em;margin:2em auto;padding:0 1em}",
    "table{border-collapse:collapse;width:100%}th{text-align:left}",
    "td,th{padding:.2em .6em}td:nth-child(n+3){text-align:right}",
    ".first td,.first th{border-top:1px solid #999}",
    "</style></head><body><h1>Scorecard</h1>",
    sprintf("<p>%s. Probability of %s at a score s: 1 / (1 + %s &times; 2<sup>(s - %s) ",
            html_text(points_text(settings)), html_text(attr(points, "event")),
            format_number(settings$odds), format_number(settings$points)),
    sprintf("/ %s</sup>).</p>", format_number(settings$pdo)),
    "<table><thead><tr><th>Feature</th><th>Value</th><td>Points</td>",
    "<td>Share of rows</td><td>Event rate</td></tr></thead><tbody>",
    vapply(seq_len(nrow(points)), row, ""), "</tbody></table></body></html>"
  )
}

# ---- print and plot ----------------------------------------------------------------

#' Print and plot points
#'
#' @param x What [lcrisk_points()] returned.
#' @param features Most features to show.
#' @param ... Not used by `format()` and `print()`; `plot()` hands it to
#'   [graphics::plot.default()].
#' @return `format()`: character, one line per entry. `print()` and `plot()`: `x`,
#'   invisibly. `as.data.table()`: the table without class and attributes.
#' @details `plot()` draws a line for each feature, from its worst to its best bin, with a
#'   circle for each bin whose area is the bin's share of the rows, and a cross for
#'   missing values.
#' @examples
#' set.seed(1)
#' data <- data.frame(income = runif(2000, 20, 90))
#' data$default <- runif(2000) < plogis(2 - 0.06 * data$income)
#' model <- lcrisk_train(default ~ income, data, learner = "scorecard", seed = 1)
#' plot(lcrisk_points(model))
#' @name lcrisk_points-methods
#' @keywords internal
NULL

#' @rdname lcrisk_points-methods
#' @export
format.lcrisk_points <- function(x, features = 5L, ...) {
  needed <- c("feature", "label", "points")
  if (is.null(attr(x, "settings")) || !all(needed %in% names(x))) {
    return(c("<lcrisk_points>", utils::capture.output(print(plain_table(x)))))
  }
  fits <- attr(x, "features")
  all <- unique(x[["feature"]][x[["kind"]] != "base"])
  shown <- utils::head(all, features)
  mine <- x[["feature"]] %in% shown
  base <- x[["points"]][x[["kind"]] == "base"]
  c(
    sprintf("<lcrisk_points> %d features; %s", length(all),
            points_text(attr(x, "settings"))),
    if (length(base)) sprintf("  base %d", base),
    unlist(lapply(shown, function(name) {
      at <- which(x[["feature"]] == name)
      fit <- match(name, fits[["feature"]])
      c(sprintf("  %s  iv %.3f, p %s", name, fits[["iv"]][fit],
                format.pval(fits[["p_value"]][fit], 2L, 1e-4)),
        sprintf("    %s %4d", formatC(shortened(x[["label"]][at], 40L), width = -40L),
                x[["points"]][at]))
    })),
    if (length(all) > features) sprintf("  and %d more", length(all) - features),
    if (isTRUE(attr(x, "calibrated"))) "  probabilities are calibrated, points are not",
    "Next: plot(), as.data.table(), predict(model, newdata, type = \"score\")."
  )
}

#' @rdname lcrisk_points-methods
#' @export
print.lcrisk_points <- function(x, ...) {
  if (was_assigned(x)) return(invisible(x))
  cat(format(x, ...), sep = "\n")
  invisible(x)
}

#' @rdname lcrisk_points-methods
#' @param keep.rownames Not used.
#' @export
as.data.table.lcrisk_points <- function(x, keep.rownames = FALSE, ...) plain_table(x)

#' @rdname lcrisk_points-methods
#' @param main,xlab Title and axis label.
#' @export
plot.lcrisk_points <- function(x, features = 15L, main = NULL,
                               xlab = "Points (more is less risk)", ...) {
  look <- plot_look()
  on.exit(graphics::par(look), add = TRUE)
  features <- check_count(features)
  bins <- plain_table(x)[x[["kind"]] != "base"]
  shown <- rev(utils::head(unique(bins[["feature"]]), features))
  if (!length(shown)) return(invisible(x))
  bins <- bins[bins[["feature"]] %in% shown]
  at <- match(bins[["feature"]], shown)
  missing <- bins[["kind"]] == "missing"
  there <- bins[["share"]] > 0
  with_names_beside(shown, {
    graphics::plot(
      range(bins[["points"]]), c(0.5, length(shown) + 0.5), type = "n", yaxt = "n",
      ylab = "", xlab = xlab, main = main %||% "Points, area = share of rows", ...
    )
    graphics::abline(h = seq_along(shown), lty = 3L, col = "grey80")
    ends <- vapply(split(bins[["points"]][there], at[there]), range, c(0, 0))
    graphics::segments(ends[1L, ], seq_along(shown), ends[2L, ], seq_along(shown))
    graphics::points(bins[["points"]][!missing], at[!missing], pch = 21L, bg = "grey70",
                     cex = 0.4 + 4 * sqrt(bins[["share"]][!missing]))
    graphics::points(bins[["points"]][missing & there], at[missing & there], pch = 4L)
    graphics::axis(2L, seq_along(shown), shown, las = 1L)
  })
  invisible(x)
}

# ---- coefficients ------------------------------------------------------------------

#' What the regression of a scorecard found
#'
#' @param object,x An `lcrisk_model` trained with [lcrisk_scorecard()].
#' @param ... Nothing else: an unknown argument is an error.
#' @return `coef()`: a vector named by features, the intercept first. `tidy()`: a data
#'   frame with `term`, `estimate`, `std.error`, `statistic` and `p.value`. Features that
#'   are not on the card are left out.
#' @examples
#' set.seed(1)
#' data <- data.frame(income = runif(2000, 20, 90))
#' data$default <- runif(2000) < plogis(2 - 0.06 * data$income)
#' coef(lcrisk_train(default ~ income, data, learner = "scorecard", seed = 1))
#' @name lcrisk_scorecard_model
NULL

#' @rdname lcrisk_scorecard_model
#' @export
coef.lcrisk_scorecard_model <- function(object, ...) {
  check_dots_empty(...)
  check_scorecard(object, "object")
  used <- object$core$coefficient != 0
  c("(intercept)" = object$core$intercept,
    stats::setNames(object$core$coefficient, object$blueprint$features)[used])
}

#' @rdname lcrisk_scorecard_model
#' @exportS3Method generics::tidy
tidy.lcrisk_scorecard_model <- function(x, ...) {
  check_dots_empty(...)
  estimate <- coef.lcrisk_scorecard_model(x)
  error <- c(x$core$intercept_error, x$core$error[x$core$coefficient != 0])
  statistic <- unname(estimate) / error
  data.frame(term = names(estimate), estimate = unname(estimate), std.error = error,
             statistic = statistic, p.value = 2 * stats::pnorm(-abs(statistic)))
}
