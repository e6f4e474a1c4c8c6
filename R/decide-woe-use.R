#' Use weights of evidence
#'
#' @param object,x What [lcrisk_woe()] returned.
#' @param newdata Rows, as for [predict.lcrisk_model()].
#' @param type `"woe"`: the evidence; `"bin"`: the label of the bin, a factor.
#' @param feature Names of the features to draw, a panel each; NULL: the four of the
#'   greatest information value.
#' @param threads Number of threads, see [lcrisk_threads()].
#' @param ... Not used.
#' @return `predict()`: the columns of `newdata` with each binned feature replaced and the
#'   failed ones gone; a frame stays a frame, whatever else becomes a data.table.
#'   `format()`: character, one line per entry. `print()` and `plot()`: `x`, invisibly.
#'   `as.data.table()`: the table of bins. `ggplot2::autoplot()`: a ggplot.
#' @details `plot()` draws a bar for each bin, dark for more risk and light for less, with
#'   a 95 % interval; beside it the share of the rows.
#'
#'   Evidence is learned from outcomes: rows whose outcome it was learned from look better
#'   told apart than others are. Judge models of it on other rows, or use
#'   [lcrisk_scorecard()], which bins anew in every fold.
#' @section Errors: those of [predict.lcrisk_model()]; `lcrisk_error_input` (`bad_choice`)
#'   for a feature that has no bins.
#' @examples
#' set.seed(1)
#' data <- data.frame(income = runif(2000, 20, 90))
#' data$default <- runif(2000) < plogis(2 - 0.06 * data$income)
#' woe <- lcrisk_woe(default ~ income, data = data)
#' plot(woe)
#' head(predict(woe, data, type = "bin"))
#' @name lcrisk_woe-methods
#' @keywords internal
NULL

#' @rdname lcrisk_woe-methods
#' @export
predict.lcrisk_woe <- function(object, newdata, type = "woe", ...,
                               threads = lcrisk_threads()) {
  check_call(...)
  check_woe(object, "object")
  type <- check_choice(type, c("woe", "bin"))
  if (inherits(newdata, "lcrisk_loans") && !is.null(object$pricing)) {
    newdata <- lcrisk_features(newdata, pricing = object$pricing)
  }
  x <- model_columns(object, newdata)
  run <- new_run(0, threads)
  features <- object$blueprint$features
  cells <- cell_table(object$core, features, object$blueprint$levels)
  value <- if (type == "woe") object$core$cells$woe else as.double(cells[["bin"]])
  value <- cell_values(object$core, value, x, run)
  failed <- features %in% names(object$failed)
  columns <- lapply(seq_along(features), function(j) {
    if (type == "woe") return(value[, j])
    label <- cells[["label"]][cells[["feature"]] == features[j]]
    factor(label[value[, j]], unique(label))
  })
  replace_columns(newdata, stats::setNames(columns, features)[!failed],
                  names(object$failed))
}

# A copy of `data` with columns replaced and others gone; a frame keeps its roles
replace_columns <- function(data, columns, gone) {
  out <- if (is_frame(data)) copy(data) else {
    as.data.table(as_columns(data, "newdata", min_rows = 0L))
  }
  gone <- intersect(gone, names(out))
  if (length(gone)) set(out, j = gone, value = NULL)
  for (name in names(columns)) set(out, j = name, value = columns[[name]])
  out[]
}

check_woe <- function(x, arg, call = caller_env()) {
  whole <- is.list(x) && inherits(x, "lcrisk_woe") && is.list(x$core) &&
    is.list(x$blueprint) && is.data.frame(x$table) && is.data.frame(x$iv)
  if (whole) return(invisible(x))
  lcrisk_abort("model", "bad_woe", sprintf("`%s` is damaged.", arg),
               cure = "Make it again with lcrisk_woe().", arg = arg, call = call)
}

#' @rdname lcrisk_woe-methods
#' @export
format.lcrisk_woe <- function(x, ...) {
  check_woe(x, "x")
  iv <- x$iv
  shown <- seq_len(min(nrow(iv), 5L))
  line <- sprintf("  %s  %d bins, %s, %.3f (%.3f, %.3f)", format(iv[["feature"]][shown]),
                  iv[["bins"]][shown], iv[["shape"]][shown], iv[["iv"]][shown],
                  iv[["lower"]][shown], iv[["upper"]][shown])
  c(
    sprintf("<lcrisk_woe> %s: %s of %s rows; %d features binned",
            event_text(x$outcome, x$event), count_text(x$n_event), count_text(x$n),
            nrow(iv)),
    if (nrow(iv)) sprintf("  information value (%g %%):", 100 * x$level),
    line[shown],
    if (nrow(iv) > 5L) sprintf("  and %d more", nrow(iv) - 5L),
    if (length(x$failed)) {
      strtrim(paste("  failed:", dropped_text(x$failed)), 300L)
    },
    "Next: plot(), predict(, newdata), as.data.table() for the bins, lcrisk_scorecard()."
  )
}

#' @rdname lcrisk_woe-methods
#' @export
print.lcrisk_woe <- function(x, ...) {
  cat(format(x), sep = "\n")
  invisible(x)
}

#' @rdname lcrisk_woe-methods
#' @param keep.rownames Not used.
#' @export
as.data.table.lcrisk_woe <- function(x, keep.rownames = FALSE, ...) {
  check_woe(x, "x")
  copy(x$table)
}

# ---- plots -------------------------------------------------------------------------

# The bins to draw, with their intervals and axis labels
drawn_bins <- function(x, feature, call = caller_env()) {
  check_woe(x, "x", call)
  feature <- feature %||% utils::head(x$iv[["feature"]], 4L)
  for (one in feature) check_choice(one, x$iv[["feature"]], "feature", call)
  rows <- which(x$table[["feature"]] %in% feature & x$table[["n"]] > 0)
  bins <- x$table[rows]
  reach <- normal_quantile(0.95) * bins[["se"]]
  set(bins, j = "lower", value = bins[["woe"]] - reach)
  set(bins, j = "upper", value = bins[["woe"]] + reach)
  set(bins, j = "text", value = sprintf("%s  (%s)", shortened(bins[["label"]], 24L),
                                        small_share_text(bins[["share"]])))
  iv <- x$iv[["iv"]][match(bins[["feature"]], x$iv[["feature"]])]
  set(bins, j = "title", value = sprintf("%s, iv %.3f", bins[["feature"]], iv))
  list(feature = feature, bins = bins)
}

small_share_text <- function(x) {
  ifelse(x < 0.01, share_text(x), share_text(x, 0L))
}

shortened <- function(x, most) {
  ifelse(nchar(x) > most, paste0(substr(x, 1L, most - 3L), "..."), x)
}

#' @rdname lcrisk_woe-methods
#' @export
plot.lcrisk_woe <- function(x, ..., feature = NULL) {
  look <- plot_look()
  on.exit(graphics::par(look), add = TRUE)
  drawn <- drawn_bins(x, feature)
  if (!length(drawn$feature)) return(invisible(x))
  reach <- range(drawn$bins[["lower"]], drawn$bins[["upper"]], 0)
  columns <- ceiling(sqrt(length(drawn$feature)))
  text <- drawn$bins[["text"]]
  old <- graphics::par(mfrow = c(ceiling(length(drawn$feature) / columns), columns),
                       las = 1)
  on.exit(graphics::par(old), add = TRUE, after = FALSE)
  lines <- max(graphics::strwidth(text, "inches", cex = 0.8)) / graphics::par("csi")
  margins <- graphics::par(mar = c(4.1, lines + 1.2, 2.1, 1.1))
  on.exit(graphics::par(margins), add = TRUE, after = FALSE)
  for (one in drawn$feature) {
    plot_evidence(drawn$bins[drawn$bins[["feature"]] == one], reach)
  }
  invisible(x)
}

plot_evidence <- function(bins, reach) {
  at <- rev(seq_len(nrow(bins)))
  graphics::plot(reach, c(0.5, nrow(bins) + 0.5), type = "n", yaxt = "n", ylab = "",
                 xlab = "Weight of evidence (log-odds)", main = bins[["title"]][1L])
  graphics::rect(0, at - 0.32, bins[["woe"]], at + 0.32,
                 col = ifelse(bins[["woe"]] > 0, "grey35", "grey92"))
  graphics::segments(bins[["lower"]], at, bins[["upper"]], at, col = "grey60", lwd = 2)
  graphics::abline(v = 0)
  graphics::axis(2L, at, bins[["text"]], tick = FALSE, line = -0.5, cex.axis = 0.8)
}

#' @rdname lcrisk_woe-methods
#' @exportS3Method ggplot2::autoplot
autoplot.lcrisk_woe <- function(object, feature = NULL, ...) {
  drawn <- drawn_bins(object, feature)$bins
  set(drawn, j = "text", value = factor(drawn[["text"]], rev(unique(drawn[["text"]]))))
  ggplot2::ggplot(drawn) +
    ggplot2::aes(x = .data$woe, y = .data$text, fill = .data$woe > 0) +
    ggplot2::geom_col(colour = "black", width = 0.64) +
    ggplot2::geom_errorbarh(ggplot2::aes(xmin = .data$lower, xmax = .data$upper),
                            height = 0, colour = "grey60") +
    ggplot2::geom_vline(xintercept = 0) +
    ggplot2::scale_fill_manual(values = c("grey92", "grey35"), guide = "none") +
    ggplot2::facet_wrap(ggplot2::vars(.data$title), scales = "free_y") +
    ggplot2::labs(x = "Weight of evidence (log-odds)", y = NULL)
}
