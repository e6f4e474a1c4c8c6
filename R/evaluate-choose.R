# How a cut-off is chosen, and what is said of the choice; lcrisk_threshold() is the door.

threshold_rules <- c("f1", "f_beta", "youden", "recall", "approval", "bad_rate", "cost",
                     "profit")

# What ffi_choose_cutoff() reads, and `by`
threshold_rule <- function(by, target, cost, profit, beta, input, n,
                           call = caller_env()) {
  by <- check_choice(by, threshold_rules, call = call)
  target <- check_target(target, by, call)
  values <- row_values(by, cost, profit, input, n, call)
  kinds <- c(f1 = 0L, f_beta = 0L, youden = 1L, cost = 2L, profit = 2L, recall = 3L,
             approval = 4L, bad_rate = 5L)
  list(
    by = by, kind = kinds[[by]], beta = if (by == "f_beta") check_positive(beta) else 1,
    target = target %||% 0, approved = values$approved, declined = values$declined
  )
}

check_target <- function(target, by, call) {
  needed <- by %in% c("recall", "approval", "bad_rate")
  if (needed == is.null(target)) {
    lcrisk_abort(
      "input", "bad_argument",
      if (needed) sprintf("`by = \"%s\"` needs a `target`.", by)
      else sprintf("`by = \"%s\"` takes no `target`.", by),
      cure = "`target` is the recall, approval rate or bad rate to reach.",
      arg = "target", call = call
    )
  }
  if (needed) check_number(target, 0, 1, "target", call)
}

# What each row is worth approved and declined, for rules of cost and profit
row_values <- function(by, cost, profit, input, n, call) {
  if (by == "profit" && !is.null(profit)) {
    approved <- check_profit(profit, input, n, call)
    return(list(approved = approved, declined = rep(0, length(approved))))
  }
  if (by == "cost" && !is.null(cost)) {
    cost <- check_cost(cost, call)
    bad <- input$y == 1L
    return(list(approved = -ifelse(bad, cost[["miss"]], cost[["pass"]]),
                declined = -ifelse(bad, cost[["hit"]], cost[["alarm"]])))
  }
  wanted <- if (by %in% c("cost", "profit")) by
  given <- c("cost", "profit")[c(!is.null(cost), !is.null(profit))]
  if (is.null(wanted) && !length(given)) return(NULL)
  lcrisk_abort(
    "input", "bad_argument",
    if (!is.null(wanted)) sprintf("`by = \"%s\"` needs `%s`.", by, wanted)
    else sprintf("`by = \"%s\"` takes no `%s`.", by, given[1L]),
    arg = wanted %||% given[1L], call = call
  )
}

check_cost <- function(cost, call) {
  known <- c("miss", "alarm", "hit", "pass")
  ok <- is.numeric(cost) && all(is.finite(cost)) && !is.null(names(cost)) &&
    all(names(cost) %in% known) && all(c("miss", "alarm") %in% names(cost)) &&
    !anyDuplicated(names(cost))
  if (!ok) {
    abort_argument("cost", "`c(miss = , alarm = )`, with `hit` and `pass` if not 0", cost,
                   call)
  }
  out <- stats::setNames(rep(0, 4L), known)
  out[names(cost)] <- cost
  sense <- out[["miss"]] > out[["hit"]] && out[["alarm"]] > out[["pass"]]
  if (!sense) {
    abort_argument("cost", "dearer for errors than for right decisions", cost, call)
  }
  out
}

# ---- choosing --------------------------------------------------------------------

choose_cutoff <- function(input, rule, draw, resamples, level, run,
                          call = caller_env()) {
  found <- .Call(ffi_choose_cutoff, input, rule, draw, resamples, run)
  if (is.nan(found[1L])) stop_no_cutoff(rule, call)
  cutoff <- whole_cutoff(found[1L])
  drawn <- whole_cutoff(found[1L, -1L])
  drawn <- drawn[is.finite(drawn)]
  tail <- (1 - level) / 2
  interval <- if (length(drawn) < 20L) c(NA_real_, NA_real_)
              else stats::quantile(drawn, c(tail, 1 - tail), names = FALSE)
  objective <- objective_row(input, rule, found[1L], level)
  curve <- objective_curve(input, rule)
  structure(
    cutoff, class = "lcrisk_threshold",
    interval = c(lower = min(interval[1L], cutoff), upper = max(interval[2L], cutoff)),
    band = band_of(curve, cutoff, objective, rule), objective = objective,
    rates = rates_at(input, cutoff), by = rule$by,
    target = if (rule$kind >= 3L) rule$target, curve = thin_objective(curve),
    n = length(input$y), n_event = sum(input$y), event = input$event, level = level
  )
}

# Above all probabilities is 1, as far as a probability can say it
whole_cutoff <- function(cutoff) pmin(cutoff, 1)

stop_no_cutoff <- function(rule, call) {
  lcrisk_abort(
    "input", "no_cutoff",
    sprintf("No cut-off reaches a %s of %s on these rows.", sub("_", " ", rule$by),
            format(rule$target)),
    cure = "Even the safest rows miss it: give another `target`.", arg = "target",
    call = call
  )
}

# The objective at a cut-off, with the error of that kind of number
objective_row <- function(input, rule, cutoff, level) {
  count <- confusion(input, cutoff)
  share <- function(hit, all) share_row(count$weight, count$square, hit, all, level)
  row <- switch(
    rule$by,
    f1 = f1_row(share("tp", c("tp", "fp", "fn"))),
    f_beta = f_beta_row(count$weight, count$square, rule$beta, level),
    youden = youden_row(count, level),
    recall = share("tp", c("tp", "fn")), approval = share(c("tn", "fn"), cells),
    bad_rate = share("fn", c("tn", "fn")), value_row(input, rule, cutoff, level)
  )
  unlist(row[c("estimate", "se", "lower", "upper")])
}

youden_row <- function(count, level) {
  balanced <- balanced_row(count$weight, count$square, level)
  metric_row(2 * balanced$estimate - 1, 2 * balanced$se,
             2 * c(balanced$lower, balanced$upper) - 1, "")
}

value_row <- function(input, rule, cutoff, level) {
  value <- ifelse(input$prob < cutoff, rule$approved, rule$declined)
  weights <- input$weights %||% rep(1, length(value))
  n <- length(value)
  estimate <- sum(weights * value) / sum(weights)
  se <- sqrt(n / (n - 1) * sum((weights * (value - estimate))^2)) / sum(weights)
  metric_row(estimate, se, normal_interval(estimate, se, level), "")
}

rates_at <- function(input, cutoff) {
  count <- as.list(confusion(input, cutoff)$weight)
  with(count, c(
    recall = tp / (tp + fn), precision = tp / (tp + fp), specificity = tn / (tn + fp),
    approval = (tn + fn) / (tn + fn + tp + fp), bad_rate = fn / (tn + fn)
  ))
}

# ---- the objective at all cut-offs -------------------------------------------------

# A data.table `cutoff` (falling, from above all), `objective`
objective_curve <- function(input, rule) {
  points <- .Call(ffi_roc_points, input$prob, input$y, input$weights)
  tp <- c(0, points$event)
  fp <- c(0, points$other)
  fn <- tp[length(tp)] - tp
  tn <- fp[length(fp)] - fp
  objective <- switch(
    rule$by,
    f1 = , f_beta = rates_of(tn, fp, fn, tp, rule$beta)$f_beta,
    youden = tp / (tp + fn) - fp / (tn + fp), recall = tp / (tp + fn),
    approval = (tn + fn) / (tn + fp + fn + tp), bad_rate = fn / (tn + fn),
    value_curve(input, rule, points$threshold)
  )
  data.table(cutoff = c(whole_cutoff(Inf), points$threshold), objective = objective)
}

value_curve <- function(input, rule, threshold) {
  weights <- input$weights %||% rep(1, length(input$y))
  moved <- weights * (rule$declined - rule$approved)
  by_score <- as.vector(rowsum(moved, match(input$prob, threshold)))
  (sum(weights * rule$approved) + c(0, cumsum(by_score))) / sum(weights)
}

# The run of cut-offs around the chosen one that do as well within one standard error; for
# a target, those that miss it by no more
band_of <- function(curve, cutoff, objective, rule) {
  at <- match(cutoff, curve[["cutoff"]])
  miss <- if (rule$kind >= 3L) abs(curve[["objective"]] - objective[["estimate"]])
          else objective[["estimate"]] - curve[["objective"]]
  bad <- which(is.na(miss) | miss > objective[["se"]])
  first <- max(bad[bad < at], 0L) + 1L
  last <- min(bad[bad > at], nrow(curve) + 1L) - 1L
  c(lower = curve[["cutoff"]][last], upper = curve[["cutoff"]][first])
}

thin_objective <- function(curve, max = 1000L) {
  if (nrow(curve) <= max) return(curve)
  curve[unique(round(seq(1, nrow(curve), length.out = max)))]
}

# ---- methods ---------------------------------------------------------------------

#' @export
format.lcrisk_threshold <- function(x, ...) {
  objective <- attr(x, "objective")
  if (is.null(objective)) return(format(as.numeric(x)))
  rates <- attr(x, "rates")
  interval <- attr(x, "interval")
  band <- attr(x, "band")
  folds <- attr(x, "folds")[["cutoff"]]
  target <- attr(x, "target")
  c(
    sprintf("<lcrisk_threshold> %.4f by %s%s; event %s", as.numeric(x), attr(x, "by"),
            if (is.null(target)) "" else paste(" of", format(target)), attr(x, "event")),
    sprintf("  chosen on   %s rows, %s events", count_text(attr(x, "n")),
            count_text(attr(x, "n_event"))),
    sprintf("  interval    %.4f to %.4f (%g %%)", interval[[1L]], interval[[2L]],
            100 * attr(x, "level")),
    sprintf("  band        %.4f to %.4f do as well within one se", band[[1L]],
            band[[2L]]),
    if (length(folds)) {
      sprintf("  folds       %.4f to %.4f", min(folds, na.rm = TRUE),
              max(folds, na.rm = TRUE))
    },
    sprintf("  objective   %.4f (se %.4f)", objective[["estimate"]], objective[["se"]]),
    sprintf("  there       recall %.3f, precision %.3f, approval %.3f, bad rate %.3f",
            rates[["recall"]], rates[["precision"]], rates[["approval"]],
            rates[["bad_rate"]]),
    "Next: lcrisk_evaluate(model, test, cutoff = <this>)."
  )
}

#' @export
print.lcrisk_threshold <- function(x, ...) {
  writeLines(format(x))
  invisible(x)
}

#' @export
plot.lcrisk_threshold <- function(x, ..., xlab = "Cut-off", ylab = attr(x, "by"),
                                  main = "Objective by cut-off") {
  look <- plot_look()
  on.exit(graphics::par(look), add = TRUE)
  curve <- attr(x, "curve")
  interval <- attr(x, "interval")
  band <- attr(x, "band")
  known <- curve[is.finite(curve[["objective"]])]
  graphics::plot(known[["cutoff"]], known[["objective"]], type = "n", xlab = xlab,
                 ylab = ylab, main = main, ...)
  edge <- graphics::par("usr")
  graphics::rect(band[[1L]], edge[3L], band[[2L]], edge[4L], col = "grey90", border = NA)
  graphics::lines(known[["cutoff"]], known[["objective"]])
  graphics::abline(v = as.numeric(x), lty = 2L)
  low <- edge[3L] + 0.02 * (edge[4L] - edge[3L])
  graphics::segments(interval[[1L]], low, interval[[2L]], low, lwd = 4, col = 2L)
  graphics::box()
  graphics::mtext("dashed: chosen; red: its interval; grey: as good within one se", 3L,
                  line = 0.3, cex = 0.8)
  invisible(x)
}
