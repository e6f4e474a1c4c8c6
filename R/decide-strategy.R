#' What approving by a model is worth
#'
#' Approves the best share of the loans by several rankings (probability of failing,
#' expected return, Lending Club's own grade, at random) and says, for every share, what
#' would have come of it: bad rate, profit, return, yearly IRR, each with an interval.
#' With the loans that change hands against the benchmark, and the best portfolio under
#' limits.
#'
#' @param returns What [lcrisk_returns()] returned for loans that no ranking was learned
#'   from.
#' @param prob Probability of failing of each loan, or a named list of several: the
#'   lowest are approved first.
#' @param value NULL, or the expected return of each loan (`return` or `irr` of
#'   [lcrisk_expect()], or a forecast of your own), or a named list: the highest are
#'   approved first.
#' @param benchmark NULL, or what the decision of today goes by, such as `sub_grade`: a
#'   factor or text (its order is best to worst) or numbers, lowest first.
#' @param ... Nothing else: an unknown argument is an error.
#' @param shares Shares of the loans to approve, rising, above 0 and at most 1.
#' @param at The share at which policies are compared in `print()`, in `difference` and in
#'   `swap`; added to `shares`.
#' @param capital NULL, or USD that can be lent.
#' @param bad_rate NULL, or the highest bad rate, by `prob`, that a portfolio may expect.
#' @param level Coverage of the intervals.
#' @param resamples Bootstrap samples of the loans, 20 or more.
#' @param threads Number of threads, see [lcrisk_threads()].
#' @return A data.table of class `lcrisk_strategy`, one row per policy and share:
#'   `policy`, `share`, `n` (loans), and for `bad_rate`, `profit` (USD), `return` (profit
#'   over funded) and `irr` (a year, of all payments together) the estimate and `_lower`,
#'   `_upper`. Attributes:
#'   * `difference`: a data.table `policy`, `metric`, `estimate`, `lower`, `upper`: at the
#'     share `at`, each policy less the benchmark (at random, without one);
#'   * `swap`: NULL or a data.table `policy`, `set` (`both`, `in`: approved by the policy
#'     only, `out`: by the benchmark only), `n`, `bad_rate`, `bad_rate_lower`,
#'     `bad_rate_upper`, `profit`, `profit_lower`, `profit_upper`;
#'   * `portfolio`: NULL or a list, see Details; `at`, `level`, `n`, `n_open`.
#' @details Equal loans are taken in equal parts where a share ends among them (a grade
#'   has 35 steps), so that the order of the rows cannot matter. `random` is the matched
#'   control: the same number of loans chosen by lot. Its estimate is exact, and its
#'   interval holds the luck of the draw as well as that of the loans.
#'
#'   Intervals are of the bootstrap over loans, one resample for all policies, so that
#'   `difference` is paired. All is realised money of loans that were lent: what a policy
#'   declines was still paid back by somebody. What other prices or other borrowers would
#'   have brought is not in the data.
#'
#'   **Swap set.** With the share of each loan that the two policies approve (0, 1, or a
#'   part where equal loans end), independent of each other, a loan is `in` by a (1 - b).
#'   Intervals by the delta method.
#'
#'   **Portfolio.** With `capital` or `bad_rate`, the loans of the highest sum of expected
#'   profit (`value` x funded, the first of `value`) of which the amounts are within
#'   `capital` and the mean of `prob` is within `bad_rate`. As a linear program with two
#'   limits, solved by its dual: one price for the bad rate, found by bisection, and the
#'   best loans per dollar at that price. The list has `rows` (of `returns`), `expected`
#'   (USD), `bound` (no choice of loans can expect more), `outcome` (as the rows of the
#'   main table) and `expected_bad_rate`.
#' @section Errors: `lcrisk_error_input`: `repeated_policy`, `no_value` (a portfolio needs
#'   `value`), `no_portfolio` (no loan is within the limits), and bad arguments.
#' @references Dantzig, G. B. (1957). Discrete-variable extremum problems. *Operations
#'   Research* 5.
#' @family deciding
#' @examples
#' loans <- lcrisk_outcome(lcrisk_simulate(2000, seed = 1, to = "2011-12",
#'                                         snapshot = "2018-12"))
#' returns <- lcrisk_returns(loans, resamples = 20)
#' prob <- plogis(-2 - (loans$fico_range_low - 710) / 40)
#' strategy <- lcrisk_strategy(returns, prob, benchmark = loans$sub_grade,
#'                             resamples = 50)
#' strategy
#' plot(strategy, "irr")
#' @export
lcrisk_strategy <- function(returns, prob, value = NULL, benchmark = NULL, ...,
                            shares = seq(0.1, 1, by = 0.1), at = 0.7, capital = NULL,
                            bad_rate = NULL, level = 0.95, resamples = 200L,
                            threads = lcrisk_threads()) {
  check_call(...)
  if (!inherits(returns, "lcrisk_returns")) {
    abort_argument("returns", "what `lcrisk_returns()` returned", returns,
                   rlang::current_env())
  }
  at <- check_share(at)
  level <- check_level(level)
  resamples <- check_count(resamples, 20L, 1e6)
  shares <- sort(unique(c(check_depths(shares, "shares"), at)))
  if (!is.null(capital)) capital <- check_number(capital, 0)
  if (!is.null(bad_rate)) bad_rate <- check_number(bad_rate, 0, 1)
  rules <- strategy_rules(prob, value, benchmark, nrow(returns))
  run <- new_run(0, threads)
  ended <- which(!is.na(returns[["irr"]]))
  if (!length(ended)) {
    lcrisk_abort("input", "no_ended", "`returns` has no loan that ended.",
                 cure = "Give loans whose end is known: `lcrisk_outcome()` keeps them.",
                 arg = "returns")
  }
  table <- as.data.table(returns)[ended]
  keys <- lapply(rules$keys, `[`, ended)
  found <- run_policies(table, lapply(keys, ranking_of), shares, resamples, run)
  out <- strategy_table(found, names(keys), shares, level)
  limited <- !is.null(capital) || !is.null(bad_rate)
  portfolio <- if (limited) {
    strategy_portfolio(table, rules, ended, capital, bad_rate, level, resamples, run)
  }
  setattr(out, "class", c("lcrisk_strategy", class(out)))
  facts <- list(
    difference = strategy_difference(found, names(keys), match(at, shares), level),
    swap = if ("benchmark" %in% names(keys)) strategy_swap(table, keys, at, level),
    portfolio = portfolio, at = at, level = level, n = length(ended),
    n_open = nrow(returns) - length(ended)
  )
  for (name in names(facts)) setattr(out, name, facts[[name]])
  out[]
}

# ---- rankings ------------------------------------------------------------------

# `keys`: for each policy numbers, the lowest first, NULL for at random. `prob`, `value`:
# the first of each, for the portfolio.
strategy_rules <- function(prob, value, benchmark, n, call = caller_env()) {
  prob <- named_rankings(prob, "pd", "prob", n, call)
  for (p in prob) check_score_values(p, TRUE, "prob", call)
  value <- if (is.null(value)) list() else {
    named_rankings(value, "return", "value", n, call)
  }
  for (v in value) check_score_values(v, FALSE, "value", call)
  benchmark <- if (is.null(benchmark)) list() else {
    list(benchmark = benchmark_key(benchmark, n, call))
  }
  keys <- c(prob, lapply(value, `-`), benchmark)
  taken <- c(names(keys), "random")
  if (anyDuplicated(taken)) {
    lcrisk_abort("input", "repeated_policy",
                 sprintf("Two policies are named %s.",
                         quoted(unique(taken[duplicated(taken)]))),
                 cure = "Give each its own name; `benchmark` and `random` are taken.",
                 call = call)
  }
  list(keys = c(keys, list(random = NULL)), prob = prob[[1L]],
       value = if (length(value)) value[[1L]])
}

named_rankings <- function(x, name, arg, n, call) {
  if (!is.list(x)) x <- stats::setNames(list(x), name)
  if (!length(x) || is.null(names(x)) || any(!nzchar(names(x)))) {
    abort_argument(arg, "numbers, or a named list of them", x, call)
  }
  lapply(x, function(one) {
    if (!is.numeric(one) || is.object(one) || length(one) != n) {
      abort_argument(arg, sprintf("one number per loan (%d)", n), one, call)
    }
    as.double(one)
  })
}

benchmark_key <- function(x, n, call) {
  if (is.character(x)) x <- factor(x, sort(unique(x), method = "radix"))
  ok <- (is.factor(x) || (is.numeric(x) && !is.object(x))) && length(x) == n &&
    !anyNA(x)
  if (!ok) {
    abort_argument("benchmark", sprintf("one grade per loan (%d), none missing", n), x,
                   call)
  }
  as.double(x)
}

# What ffi_money_policy() reads
ranking_of <- function(key) {
  if (is.null(key)) return(NULL)
  row <- order(key, method = "radix")
  sorted <- key[row]
  list(row = row, ends = as.integer(c(sorted[-1L] != sorted[-length(sorted)], TRUE)))
}

# The part of each loan that is approved: ranking_of() loan by loan
approved_part <- function(key, share) {
  n <- length(key)
  ties <- ranking_of(key)
  group <- integer(n)
  group[ties$row] <- cumsum(c(1L, ties$ends[-n]))
  size <- tabulate(group)
  before <- cumsum(size) - size
  pmin(pmax((share * n - before) / size, 0), 1)[group]
}

# ---- tables --------------------------------------------------------------------

strategy_metrics <- c("bad_rate", "profit", "return", "irr")

# Sets of loans in rows: of one metric of one policy at one share
strategy_values <- function(found, metric, k, r) {
  if (metric == "return") return(found["profit", k, r, ] / found["funded", k, r, ])
  found[metric, k, r, ]
}

strategy_table <- function(found, policies, shares, level) {
  reach <- normal_quantile(level)
  one <- function(k, r) {
    cells <- lapply(strategy_metrics, function(metric) {
      values <- strategy_values(found, metric, k, r)
      half <- reach * spread_of(values[-1L])
      stats::setNames(list(values[1L], values[1L] - half, values[1L] + half),
                      paste0(metric, c("", "_lower", "_upper")))
    })
    c(list(policy = policies[r], share = shares[k], n = found["n", k, r, 1L]),
      unlist(cells, recursive = FALSE))
  }
  rbindlist(lapply(seq_along(policies), function(r) {
    rbindlist(lapply(seq_along(shares), one, r = r))
  }))
}

strategy_difference <- function(found, policies, k, level) {
  base <- match("benchmark", policies, nomatch = match("random", policies))
  reach <- normal_quantile(level)
  rbindlist(lapply(setdiff(seq_along(policies), base), function(r) {
    rbindlist(lapply(strategy_metrics, function(metric) {
      gap <- strategy_values(found, metric, k, r) -
        strategy_values(found, metric, k, base)
      half <- reach * spread_of(gap[-1L])
      list(policy = policies[r], against = policies[base], metric = metric,
           estimate = gap[1L], lower = gap[1L] - half, upper = gap[1L] + half)
    }))
  }))
}

strategy_swap <- function(table, keys, at, level) {
  today <- approved_part(keys$benchmark, at)
  bad <- as.double(table[["default"]])
  profit <- table[["profit"]]
  reach <- normal_quantile(level)
  row <- function(policy, set, part) {
    rate <- ratio_row("", part * bad, part, level)
    half <- reach * stats::sd(part * profit) * sqrt(length(part))
    total <- sum(part * profit)
    list(policy = policy, set = set, n = sum(part), bad_rate = rate$estimate,
         bad_rate_lower = rate$lower, bad_rate_upper = rate$upper, profit = total,
         profit_lower = total - half, profit_upper = total + half)
  }
  policies <- setdiff(names(keys), c("benchmark", "random"))
  rbindlist(lapply(policies, function(policy) {
    mine <- approved_part(keys[[policy]], at)
    rbindlist(list(row(policy, "both", mine * today),
                   row(policy, "in", mine * (1 - today)),
                   row(policy, "out", today * (1 - mine))))
  }))
}

# ---- portfolio -----------------------------------------------------------------

strategy_portfolio <- function(table, rules, ended, capital, bad_rate, level, resamples,
                               run, call = caller_env()) {
  if (is.null(rules$value)) {
    lcrisk_abort("input", "no_value", "A portfolio needs the expected returns of loans.",
                 cure = "Give `value =`: lcrisk_expect() computes them.", arg = "value",
                 call = call)
  }
  amount <- table[["funded"]]
  prob <- rules$prob[ended]
  worth <- rules$value[ended] * amount
  best <- best_portfolio(worth, amount, prob, capital %||% Inf, bad_rate)
  if (!length(best$rows)) {
    lcrisk_abort("input", "no_portfolio", "No loan is worth having within the limits.",
                 cure = "Allow more capital or a higher bad rate.", call = call)
  }
  found <- run_policies(table[best$rows], list(NULL), 1, resamples, run)
  outcome <- strategy_table(found, "portfolio", 1, level)
  set(outcome, j = "share", value = length(best$rows) / nrow(table))
  list(rows = ended[best$rows], expected = sum(worth[best$rows]), bound = best$bound,
       expected_bad_rate = mean(prob[best$rows]), funded = sum(amount[best$rows]),
       outcome = outcome)
}

# max sum(x worth) with sum(x amount) <= capital, sum(x (prob - limit)) <= 0, x of 0 or 1.
# At a price for exceeding the bad rate what is left is a knapsack, of which the best
# loans per dollar are the answer up to one loan (Dantzig 1957).
best_portfolio <- function(worth, amount, prob, capital, limit) {
  excess <- if (is.null(limit)) double(length(prob)) else prob - limit
  at_price <- function(price) {
    net <- worth - price * excess
    order <- order(-net / amount, method = "radix")
    order <- order[net[order] > 0]
    spent <- cumsum(amount[order])
    whole <- order[spent <= capital]
    # the dual: the loan that does not fit counts by the part that would
    part <- order[spent > capital][1L]
    left <- capital - sum(amount[whole])
    rest <- if (is.na(part)) 0 else net[part] * left / amount[part]
    list(rows = whole, excess = sum(excess[whole]), bound = sum(net[whole]) + rest)
  }
  found <- at_price(0)
  bound <- found$bound
  if (found$excess > 0) {
    # beyond the highest ratio of worth to excess no such loan is wanted
    high <- 2 * max(worth / pmax(excess, 1e-12), 0)
    low <- 0
    while (high - low > 1e-12 * max(high, 1)) {
      middle <- (low + high) / 2
      tried <- at_price(middle)
      bound <- min(bound, tried$bound)
      if (tried$excess > 0) low <- middle else {
        high <- middle
        found <- tried
      }
    }
    if (found$excess > 0) found <- at_price(high)
  }
  list(rows = sort(fill_up(found$rows, worth, amount, excess, capital)), bound = bound)
}

# What still fits, most profitable per dollar first
fill_up <- function(rows, worth, amount, excess, capital) {
  spent <- sum(amount[rows])
  over <- sum(excess[rows])
  fits <- worth > 0 & amount <= capital - spent & excess <= -over
  rest <- setdiff(which(fits), rows)
  for (i in rest[order(-worth[rest] / amount[rest])]) {
    if (spent + amount[i] > capital || over + excess[i] > 0) next
    rows <- c(rows, i)
    spent <- spent + amount[i]
    over <- over + excess[i]
  }
  rows
}
