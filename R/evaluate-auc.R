#' Area under the ROC curve, exactly
#'
#' The probability that an event gets a higher score than a non-event, ties counting
#' one half, with DeLong's standard error and interval. The direction is never turned
#' round: a score that ranks the wrong way has an area below one half.
#'
#' @param truth Outcomes: logical, numbers 0 and 1, a factor with two levels, or text
#'   with two values. The event is `TRUE`, 1 or the second level; text needs `event`.
#' @param prob Scores, numeric, higher for likelier events. They need not be
#'   probabilities. Infinite ones rank highest or lowest, with a warning.
#' @param event NULL, or the value of `truth` that is the event.
#' @param level Coverage of the interval, between 0 and 1.
#' @param weights NULL, or one number of at least 0 per row: how much the row stands
#'   for. A row of weight 0 is left out.
#' @param na.rm `TRUE` leaves out rows in which `truth` or `prob` is missing; the
#'   attribute `n_missing` counts them. Otherwise they are an error.
#' @param ... Nothing else: an unknown argument is an error.
#' @return One number with the attributes `se`, `interval` (named: lower, upper),
#'   `level`, `n`, `n_event`, `event` and `n_missing`. `as.numeric()` drops them.
#' @details The area is a ratio of integers, counted in 128 bits after a radix sort, so
#'   it is exact up to one division for any number of rows below 2^32; so is the
#'   variance of DeLong et al. (1988). The interval is symmetric on the logit scale,
#'   \eqn{logit(A) \pm z\, se / (A (1 - A))}, and therefore inside 0 to 1. At an area of
#'   0 or 1 DeLong's variance is 0 and says nothing: there the interval ends at
#'   \eqn{(\alpha/2)^{1/m}}, m the rows of the smaller class, which no area below it
#'   could exceed by luck with more than the stated risk; and there is a warning.
#'
#'   With weights the area is the weighted share of pairs, and the standard error is
#'   DeLong's with each row's placement weighted; only ratios of weights matter.
#' @section Errors: `lcrisk_error_input` for wrong types or lengths, missing values
#'   (`missing_outcome`, `missing_score`), one class only (`one_class`), or bad weights.
#'   `lcrisk_warning_numeric` (`fragile_interval`) where the variance cannot be
#'   estimated: an area of 0 or 1, or a class of one row.
#' @references DeLong, DeLong and Clarke-Pearson (1988), Comparing the areas under two
#'   or more correlated receiver operating characteristic curves, *Biometrics* 44.
#'   Sun and Xu (2014), Fast implementation of DeLong's algorithm, *IEEE Signal
#'   Processing Letters* 21.
#' @family metrics
#' @examples
#' truth <- c(0, 0, 1, 0, 1, 1)
#' prob <- c(0.1, 0.3, 0.3, 0.4, 0.6, 0.8)
#' lcrisk_auc(truth, prob)
#' as.numeric(lcrisk_auc(truth, -prob))
#' @export
lcrisk_auc <- function(truth, prob, event = NULL, level = 0.95, weights = NULL,
                       na.rm = FALSE, ...) {
  check_call(...)
  level <- check_level(level)
  input <- metric_input(truth, prob, event, weights, na.rm, range = FALSE)
  found <- auc_estimate(input, level)
  warn_fragile(found)
  auc_number(found, input, level)
}

auc_number <- function(found, input, level) {
  structure(
    found$estimate,
    se = found$se, interval = c(lower = found$lower, upper = found$upper), level = level,
    n = length(input$y), n_event = sum(input$y), event = input$event,
    n_missing = input$n_missing
  )
}

# Estimate, se and interval of the area, `fragile` when the interval is a bound; and the
# Kolmogorov-Smirnov distance found on the way
auc_estimate <- function(input, level) {
  area <- area_of(input)
  n_event <- sum(input$y)
  n_other <- length(input$y) - n_event
  value <- area[["area"]]
  interval <- auc_interval(value, area[["variance"]], n_event, n_other, level)
  list(
    estimate = value, se = sqrt(area[["variance"]]), lower = interval[1L],
    upper = interval[2L],
    fragile = value == 0 || value == 1 || min(n_event, n_other) == 1L,
    ks = area[["ks"]], ks_threshold = area[["ks_threshold"]]
  )
}

area_of <- function(input) {
  if (is.null(input$weights)) return(.Call(ffi_auc_area, input$prob, input$y))
  .Call(ffi_roc_weighted, input$prob, input$y, input$weights)
}

warn_fragile <- function(found) {
  if (!found$fragile) return(invisible())
  lcrisk_warn(
    "numeric", "fragile_interval",
    sprintf("The variance of an area of %s cannot be estimated from these rows.",
            format(found$estimate)),
    cure = "The interval is a bound from the size of the smaller class."
  )
}
