#' Does a column stand in for a group?
#'
#' Tests how well the group of a row can be told from one column, such as its state or the
#' first digits of its postal code: a column that tells groups apart brings them into a
#' model that never saw them. Works for any column, and for a model's score.
#'
#' @param data Data frame with the columns.
#' @param group As in [lcrisk_fairness()], one attribute: the name of a column of `data`
#'   or one value per row.
#' @param columns Names of the columns to test. NULL: those of `addr_state`, `zip_code`
#'   and `zip3` that `data` has.
#' @param ... Nothing else: an unknown argument is an error.
#' @param folds Number of folds, 2 to 20.
#' @param level Coverage of the intervals.
#' @param seed NULL, or a whole number for the folds. NULL draws one from R's generator.
#' @return A data.table of class `lcrisk_proxy`, one row per column and group: `column`,
#'   `group`, `n` (rows of the group), `auc` (of telling the group from the rest),
#'   `lower`, `upper`, `strength` (`weak` below 0.6, `medium` below 0.7, else `strong`),
#'   `share_top` (share of the group in the tenth of rows that looks most like it) and
#'   `share` (in all rows). The attribute `association` is a data.table `column`,
#'   `v` (Cramer's V, bias-corrected), `p_value` (chi-square), `n_bins`.
#' @details Values of the column (levels; twentieths of a number; missing) are scored by
#'   the share of the group among the *other* folds' rows with that value, drawn towards
#'   the overall share as if by 5 more rows, so that rare values cannot tell the group by
#'   having been seen. The AUC of these out-of-fold scores is 0.5 for a column that
#'   says nothing, and its interval is DeLong's. The bounds of `strength` are as arbitrary
#'   as any: look at the figures.
#' @section Errors: `lcrisk_error_input`: `no_columns` when none is named or found; those
#'   of [lcrisk_fairness()]. `lcrisk_error_schema` for columns that are absent.
#' @references Bergsma, W. (2013). A bias-correction for Cramer's V and Tschuprow's T.
#'   *Journal of the Korean Statistical Society* 42.
#' @family deciding
#' @examples
#' set.seed(1)
#' state <- sample(c("CA", "TX", "NY"), 1500, TRUE)
#' group <- ifelse(runif(1500) < ifelse(state == "CA", 0.6, 0.2), "a", "b")
#' lcrisk_proxy(data.frame(addr_state = state, dti = runif(1500)), group,
#'              columns = c("addr_state", "dti"), seed = 1)
#' @export
lcrisk_proxy <- function(data, group, columns = NULL, ..., folds = 5L, level = 0.95,
                         seed = NULL) {
  check_call(...)
  data <- check_data(data)
  level <- check_level(level)
  folds <- check_count(folds, 2L, 20L)
  run <- new_run(seed)
  columns <- proxy_columns(columns, data)
  if (is.character(group) && length(group) == 1L && nrow(data) != 1L) {
    check_columns(data, group, "data")
    columns <- setdiff(columns, group)
    group <- data[[group]]
  }
  group <- fairness_groups(list(group = group), nrow(data))$group
  known <- which(!is.na(group))
  group <- group[known]
  fold <- random_rank(as.integer(group), run, "folds") %% folds + 1L
  bins <- lapply(stats::setNames(nm = columns), function(name) {
    proxy_bins(data[[name]][known], name)
  })
  out <- rbindlist(lapply(columns, function(name) {
    proxy_rows(name, bins[[name]], group, fold, folds, level)
  }))
  setattr(out, "class", c("lcrisk_proxy", class(out)))
  association <- rbindlist(lapply(columns, function(name) {
    c(list(column = name), cramer_v(bins[[name]], group))
  }))
  facts <- list(association = association, level = level, folds = folds,
                n = length(group), n_missing = nrow(data) - length(group))
  for (name in names(facts)) setattr(out, name, facts[[name]])
  out[]
}

geography <- c("addr_state", "zip_code", "zip3")

proxy_columns <- function(columns, data, call = caller_env()) {
  if (is.null(columns)) {
    columns <- intersect(geography, names(data))
  } else if (!is.character(columns) || anyNA(columns)) {
    abort_argument("columns", "names of columns", columns, call)
  }
  if (!length(columns)) {
    lcrisk_abort("input", "no_columns", "There is no column to test.",
                 cure = sprintf("Name some by `columns =`; looked for %s.",
                                quoted(geography)),
                 arg = "columns", call = call)
  }
  check_columns(data, columns, "data", call)
  unique(columns)
}

# The value of each row as a whole number from 1, missing among them
proxy_bins <- function(x, name, call = caller_env()) {
  if (is.numeric(x) && !is.factor(x) || inherits(x, "Date")) {
    x <- as.double(x)
    bin <- findInterval(x, reference_cuts(x), left.open = TRUE)
  } else if (is.character(x) || is.factor(x) || is.logical(x)) {
    bin <- match(x, unique(x))
    bin[is.na(x)] <- NA_integer_
  } else {
    abort_argument(name, "a column of numbers, text or levels", x, call)
  }
  bin[is.na(bin)] <- -1L
  match(bin, sort(unique(bin)))
}

PRIOR_ROWS <- 5
TOP_SHARE <- 0.1

proxy_rows <- function(name, bin, group, fold, folds, level) {
  counts <- function(rows) tabulate(bin[rows], max(bin))
  all <- lapply(seq_len(folds), function(k) counts(fold != k))
  rbindlist(lapply(levels(group), function(one) {
    is_one <- group == one
    share <- mean(is_one)
    score <- double(length(bin))
    for (k in seq_len(folds)) {
      own <- counts(fold != k & is_one)
      by_bin <- (own + PRIOR_ROWS * share) / (all[[k]] + PRIOR_ROWS)
      score[fold == k] <- by_bin[bin[fold == k]]
    }
    found <- auc_estimate(list(prob = score, y = as.integer(is_one)), level)
    top <- rank(-score, ties.method = "average") <= TOP_SHARE * length(score)
    list(column = name, group = one, n = sum(is_one), auc = found$estimate,
         lower = found$lower, upper = found$upper,
         strength = cut(found$estimate, c(-Inf, 0.6, 0.7, Inf),
                        c("weak", "medium", "strong"), right = FALSE),
         share_top = if (any(top)) mean(is_one[top]) else NA_real_, share = share)
  }))
}

# Bergsma (2013)
cramer_v <- function(bin, group) {
  table <- table(bin, droplevels(group))
  n <- sum(table)
  expected <- outer(rowSums(table), colSums(table)) / n
  freedom <- prod(dim(table) - 1)
  chi <- sum((table - expected)^2 / expected)
  size <- dim(table) - (dim(table) - 1)^2 / (n - 1)
  v <- sqrt(max(chi / n - freedom / (n - 1), 0) / max(min(size) - 1, 1e-300))
  list(v = if (freedom > 0) min(v, 1) else 0,
       p_value = if (freedom > 0) stats::pchisq(chi, freedom, lower.tail = FALSE) else 1,
       n_bins = nrow(table))
}

#' @export
format.lcrisk_proxy <- function(x, ...) {
  association <- attr(x, "association")
  if (is.null(association) || !all(c("column", "group", "auc") %in% names(x))) {
    return(c("<lcrisk_proxy>", utils::capture.output(print(as.data.table(x)))))
  }
  table <- as.data.table(x)[order(-x[["auc"]])]
  shown <- utils::head(table, 6L)
  width <- max(6L, nchar(shown[["column"]]))
  about <- max(5L, nchar(shown[["group"]]))
  v <- association[["v"]][match(shown[["column"]], association[["column"]])]
  c(
    sprintf("<lcrisk_proxy> can the group be told? %s, %d folds",
            count_of(attr(x, "n"), "row"), attr(x, "folds")),
    sprintf("  %-*s  %-*s   AUC  %g %% interval       V", width, "column", about,
            "group", 100 * attr(x, "level")),
    sprintf("  %-*s  %-*s %.3f  (%.3f, %.3f)  %.3f  %s", width, shown[["column"]], about,
            shown[["group"]], shown[["auc"]], shown[["lower"]], shown[["upper"]], v,
            shown[["strength"]]),
    if (nrow(table) > nrow(shown)) sprintf("%d more rows", nrow(table) - nrow(shown))
  )
}

#' @export
print.lcrisk_proxy <- function(x, ...) {
  writeLines(format(x))
  invisible(x)
}
