#' Test the difference of two areas under the ROC curve
#'
#' DeLong's test that two scores rank equally well: on the same loans (paired, the
#' default), or on two sets of loans.
#'
#' @inheritParams lcrisk_auc
#' @param prob1,prob2 The two scores, numeric, higher for likelier events.
#' @param paired `TRUE`: both scores are of the rows of `truth`, and their covariance
#'   counts. `FALSE`: `prob2` is of other rows, with the outcomes `truth2`.
#' @param truth2 Outcomes of `prob2`: needed when not paired, an error when paired.
#' @param weights2 Weights of `prob2` when not paired.
#' @return A data.table of one row and class `lcrisk_roc_test`: `auc1`, `auc2`,
#'   `difference` (auc1 - auc2), `se`, `lower`, `upper` (of the difference, at `level`),
#'   `z`, `p_value` (two-sided).
#' @details \eqn{z = (A_1 - A_2) / \sqrt{V_1 + V_2 - 2 C}} with DeLong's variances and,
#'   when paired, covariance, both counted in integers; with weights the weighted forms of
#'   [lcrisk_auc()], the covariance with products of the two placements. Scores that
#'   rank all pairs alike have a difference, z and se of 0 and p = 1. When the se is 0
#'   but the difference is not, z and p are NA, with a warning: the rows do not tell.
#' @section Errors: as in [lcrisk_auc()], and when `truth2` and `paired` do not go
#'   together; `lcrisk_warning_numeric` (`fragile_interval`)
#'   when the variance of the difference cannot be estimated.
#' @inherit lcrisk_auc references
#' @family metrics
#' @examples
#' set.seed(1)
#' truth <- rep(0:1, each = 100)
#' good <- truth + rnorm(200)
#' better <- truth + rnorm(200, sd = 0.7)
#' lcrisk_roc_test(truth, better, good)
#' @export
lcrisk_roc_test <- function(truth, prob1, prob2, paired = TRUE, truth2 = NULL,
                            event = NULL, level = 0.95, weights = NULL, weights2 = NULL,
                            ...) {
  check_call(...)
  check_flag(paired)
  level <- check_level(level)
  check_truth2(truth2, paired)
  found <- if (paired) {
    compare_paired(truth, prob1, prob2, event, weights)
  } else {
    compare_unpaired(truth, prob1, weights, truth2, prob2, weights2, event)
  }
  difference <- found[["area1"]] - found[["area2"]]
  # rounding may leave a variance of 0 a hair below it
  variance <- found[["variance1"]] + found[["variance2"]] - 2 * found[["covariance"]]
  se <- sqrt(max(variance, 0))
  z <- if (is.na(se) || (se == 0 && difference != 0)) NA_real_
       else if (se == 0) 0
       else difference / se
  if (is.na(z)) {
    lcrisk_warn("numeric", "fragile_interval",
                "The variance of the difference cannot be estimated from these rows.",
                cure = "More rows of the smaller class are needed.")
  }
  interval <- normal_interval(difference, se, level, -1, 1)
  out <- data.table(
    auc1 = found[["area1"]], auc2 = found[["area2"]], difference = difference, se = se,
    lower = interval[1L], upper = interval[2L], z = z,
    p_value = 2 * stats::pnorm(-abs(z))
  )
  setattr(out, "class", c("lcrisk_roc_test", class(out)))
  setattr(out, "paired", paired)
  setattr(out, "level", level)
  out[]
}

check_truth2 <- function(truth2, paired, call = caller_env()) {
  if (paired == is.null(truth2)) return(invisible())
  lcrisk_abort(
    "input", "bad_argument",
    if (paired) "`truth2` says nothing in a paired test: both scores have one outcome."
    else "`truth2`, the outcomes of `prob2`, is missing.",
    cure = if (paired) "Leave it out, or use `paired = FALSE` for scores of other rows."
    else "Give them; the same rows twice are a paired test.",
    arg = "truth2", call = call
  )
}

compare_paired <- function(truth, prob1, prob2, event, weights, call = caller_env()) {
  score <- function(prob, arg) {
    metric_input(truth, prob, event, weights, range = FALSE, arg = arg, call = call)
  }
  first <- score(prob1, "prob1")
  second <- score(prob2, "prob2")
  if (is.null(weights)) return(.Call(ffi_auc_compare, first$prob, second$prob, first$y))
  .Call(ffi_roc_compare, first$prob, second$prob, first$y, first$weights)
}

compare_unpaired <- function(truth, prob1, weights, truth2, prob2, weights2, event,
                             call = caller_env()) {
  area <- function(truth, prob, weights, arg) {
    input <- metric_input(truth, prob, event, weights, range = FALSE, arg = arg,
                          call = call)
    area_of(input)
  }
  one <- area(truth, prob1, weights, "prob1")
  two <- area(truth2, prob2, weights2, "prob2")
  c(area1 = one[["area"]], variance1 = one[["variance"]], area2 = two[["area"]],
    variance2 = two[["variance"]], covariance = 0)
}

#' @export
format.lcrisk_roc_test <- function(x, ...) {
  if (nrow(x) != 1L || !all(c("auc1", "p_value") %in% names(x))) {
    return(c("<lcrisk_roc_test>", utils::capture.output(print(as.data.table(x)))))
  }
  c(
    sprintf("<lcrisk_roc_test> DeLong, %s", if (isFALSE(attr(x, "paired"))) "two samples"
            else "paired"),
    sprintf("  auc %.4f against %.4f", x[["auc1"]], x[["auc2"]]),
    sprintf("  difference %.4f (%.4f, %.4f), se %.4f", x[["difference"]], x[["lower"]],
            x[["upper"]], x[["se"]]),
    sprintf("  z = %.3f, p = %s", x[["z"]], format.pval(x[["p_value"]], digits = 3L))
  )
}

#' @export
print.lcrisk_roc_test <- function(x, ...) {
  writeLines(format(x))
  invisible(x)
}
