#' Reasons for a decline
#'
#' Up to four reasons why each declined loan scored as it did, in plain words: what sets
#' the applicant apart, to the worse, from the typical approved one, and the smallest
#' change in one field that would have been enough.
#'
#' @param model An `lcrisk_model` from [lcrisk_train()].
#' @param data Loans, as for [predict.lcrisk_model()].
#' @param cutoff Loans of this probability or more are declined. NULL: the model's own.
#' @param reference NULL: the typical approved applicant that the model remembers from
#'   training. Or a data frame of one row, a typical applicant of your own; of more
#'   rows, whose approved ones are summarised in the same way.
#' @param texts NULL: the words of `lcrisk_schema("reasons")`. Or a data frame with its
#'   columns, which a model of other features needs.
#' @param most Most reasons for a loan (count); more than four are rarely of use.
#' @param counterfactual Look for the smallest change that would be enough?
#' @param ... Nothing else: an unknown argument is an error.
#' @param threads As in [lcrisk_train()].
#' @return A data.table of class `lcrisk_reasons`, one row per reason, in the order of
#'   the loans and of importance: `row` (of `data`), `rank`, `reason` (short name),
#'   `feature`, `text`, `value` and `typical` (of the feature, as text), `contribution`
#'   (to the log-odds, above 0), `restored` (probability if the reason's features were the
#'   typical applicant's). Attribute `loans`: a data.table with every row of `data`:
#'   `row`, `prob`, `declined`, `n_reasons`, `change` (text of the smallest change, NA
#'   for approved loans). Further attributes `cutoff`, `typical`, `learner`.
#'
#'   A declined loan may have no reason in the table: then no field alone is worse than
#'   the typical applicant's.
#' @details **Reference.** A reason is a difference from the applicants who are approved,
#'   not from the mean of all: for each feature the median, or most frequent level, of the
#'   training loans below the cut-off. It is part of the model and of its fingerprint.
#'
#'   **Contribution.** Features that say the same share a `reason` in the table of texts
#'   and act together. The contribution of a reason is its exact Shapley value of the
#'   log-odds between the applicant and the reference (Sundararajan and Najmi 2020): the
#'   mean change, over all orders, when its features turn from the reference's to the
#'   applicant's. The contributions of all reasons add up to the difference of the two
#'   log-odds. For trees, linear models and their blends they are exact; otherwise from 32
#'   orders, each taken both ways, the same for all loans.
#'
#'   **What is cited.** Only reasons with a contribution above 0 whose restoring to the
#'   reference would lower the probability, largest first; equal ones in the order of the
#'   table of texts. Of a reason's features the one with the largest own contribution
#'   gives the words. With a monotone model a feature that is no worse than the
#'   reference's is never cited.
#'
#'   **Smallest change.** For each feature that the table marks `change = yes`, up to 20
#'   values from its training quantiles are tried, all else as it is; the one that
#'   passes the cut-off over the least share of training loans is told.
#'
#'   This explains a model; whether a text is a lawful notice is for your counsel.
#' @section Errors: `lcrisk_error_model` with `code` `no_reason_text` when a feature of
#'   the model has no text (all are named), `no_reference` when the model remembers none;
#'   `lcrisk_error_input`; `lcrisk_error_schema` when `texts` lack a column; those of
#'   [predict.lcrisk_model()].
#' @references Sundararajan, M. and Najmi, A. (2020). The many Shapley values for model
#'   explanation. *ICML*.
#'
#'   Consumer Financial Protection Bureau, Circulars 2022-03 and 2023-03 on adverse
#'   action notices.
#' @family explanations
#' @examples
#' set.seed(1)
#' loans <- data.frame(fico_mid = sample(660:800, 400, TRUE),
#'                     dti = runif(400, 0, 30), loan_amnt = 1000 * sample(30, 400, TRUE))
#' loans$default <- runif(400) < plogis(20 - 0.033 * loans$fico_mid + 0.08 * loans$dti)
#' model <- lcrisk_train(default ~ ., loans, learner = "logit", seed = 1)
#' lcrisk_reasons(model, loans[1:20, ])
#' @export
lcrisk_reasons <- function(model, data, cutoff = NULL, reference = NULL, texts = NULL,
                           most = 4L, counterfactual = TRUE,
                           threads = lcrisk_threads(), ...) {
  check_call(...)
  check_model(model)
  cutoff <- check_number(cutoff %||% model$cutoff, 0, 1, "cutoff")
  most <- check_count(most)
  check_flag(counterfactual)
  texts <- reason_texts(texts, model)
  run <- new_run(0, threads)
  x <- model_columns(model, data, "data")
  typical <- typical_applicant(reference, model, cutoff, run)
  link <- raw_link(model, x, run)
  prob <- link_prob(model, link)
  declined <- which(prob >= cutoff)
  cited <- if (length(declined)) {
    cite_reasons(model, rows_of(x, declined), typical, texts, most, run)
  }
  reasons <- reason_table(cited, declined, link, model, typical, x, texts)
  n <- length(prob)
  loans <- data.table(row = seq_len(n), prob = prob, declined = prob >= cutoff,
                      n_reasons = tabulate(reasons[["row"]], n),
                      change = rep(NA_character_, n))
  if (counterfactual && length(declined)) {
    set(loans, declined, "change",
        smallest_change(model, rows_of(x, declined), cutoff, texts, run))
  }
  setattr(reasons, "class", c("lcrisk_reasons", class(reasons)))
  about <- list(loans = loans, cutoff = cutoff,
                typical = Map(spoken_value, typical, names(typical)),
                learner = model$learner$kind,
                event = event_text(model$outcome, model$event))
  for (name in names(about)) setattr(reasons, name, about[[name]])
  reasons[]
}

# ---- words ---------------------------------------------------------------------

reason_columns <- c("feature", "reason", "label", "high", "low", "missing", "change")

# One row of texts for each feature of the model, and `player`, the number of its reason
reason_texts <- function(texts, model, call = caller_env()) {
  if (is.null(texts)) texts <- schema_table("reasons")
  texts <- as.data.table(check_data(texts, "texts", call = call))
  check_columns(texts, reason_columns, "texts", call)
  twice <- unique(texts[["feature"]][duplicated(texts[["feature"]])])
  if (length(twice)) {
    lcrisk_abort("input", "repeated_feature",
                 sprintf("`texts` name %s more than once.", quoted(twice)),
                 arg = "texts", columns = twice, call = call)
  }
  features <- model$blueprint$features
  absent <- setdiff(features, texts[["feature"]])
  if (length(absent)) {
    lcrisk_abort(
      "model", "no_reason_text",
      sprintf("Features of the model have no text: %s.", quoted(absent)),
      cure = "Give `texts =` with the columns of `lcrisk_schema(\"reasons\")`.",
      columns = absent, call = call
    )
  }
  at <- match(features, texts[["feature"]])
  used <- texts[at]
  # reasons stand in the order of the table: the rule for ties
  order <- unique(texts[["reason"]][sort(at)])
  set(used, j = "player", value = match(used[["reason"]], order))
  used[]
}

# A value as its owner would say it: an amount, where the feature is its logarithm
spoken_value <- function(x, feature) {
  formula <- feature_table("include")[[feature]]$formula
  verb <- if (is.call(formula)) as.character(formula[[1L]]) else ""
  value_text(switch(verb, log_positive = signif(exp(x), 4L),
                    log_plus = signif(expm1(x), 4L), x))
}

# What is said of a value beside the typical one
reason_text <- function(value, typical, words) {
  if (is.na(value)) return(words$missing)
  text <- if (is.character(value) || is.na(typical)) "" else {
    if (value > typical) words$high else if (value < typical) words$low else ""
  }
  if (nzchar(text)) text else words$label
}

# ---- reference -----------------------------------------------------------------

# A list of columns of one row: the typical approved applicant
typical_applicant <- function(reference, model, cutoff, run, call = caller_env()) {
  kept <- model$blueprint$reference$typical
  if (is.null(reference)) {
    if (is.null(kept)) {
      lcrisk_abort("model", "no_reference", "The model remembers no typical applicant.",
                   cure = "Train it again, or give `reference =`.", call = call)
    }
    return(typical_columns(kept, model$blueprint))
  }
  x <- model_columns(model, reference, "reference", call)
  n <- length(x[[1L]])
  if (n == 1L) return(x)
  approved <- link_prob(model, raw_link(model, x, run)) < cutoff
  if (!any(approved)) {
    lcrisk_abort("input", "none_approved",
                 "`reference` has no row of a probability below the cut-off.",
                 cure = "Give approved loans.", arg = "reference", call = call)
  }
  typical_columns(lapply(rows_of(x, approved), typical_value), model$blueprint)
}

typical_columns <- function(typical, blueprint) {
  columns <- lapply(stats::setNames(nm = blueprint$features), function(name) {
    value <- typical[[name]]
    levels <- blueprint$levels[[name]]
    if (is.null(levels)) return(as.double(value))
    make_factor(match(value, levels), levels, blueprint$kind[[name]] == "ordered")
  })
  for (name in names(columns)) {
    if (blueprint$kind[[name]] == "flag") columns[[name]] <- as.logical(columns[[name]])
  }
  columns
}

# Log-odds before calibration, and what they are worth
raw_link <- function(model, x, run) {
  if (!length(x[[1L]])) return(numeric())
  predict_core(model$learner, model$core, x, run)
}

link_prob <- function(model, link) {
  .Call(ffi_base_logistic, calibrate_link(model$calibration, link))
}

# ---- choosing ------------------------------------------------------------------

LOANS_TOGETHER <- 20000L

# For each loan and rank: player, feature, contribution; and the columns restored. In
# blocks of loans, so that memory does not grow with them.
cite_reasons <- function(model, x, typical, texts, most, run) {
  n <- length(x[[1L]])
  starts <- seq(1L, n, by = LOANS_TOGETHER)
  rbindlist(lapply(starts, function(start) {
    rows <- start:min(n, start + LOANS_TOGETHER - 1L)
    cited <- cite_block(model, rows_of(x, rows), typical, texts, most, run)
    set(cited, j = "loan", value = cited[["loan"]] + start - 1L)
  }))
}

cite_block <- function(model, x, typical, texts, most, run) {
  player <- texts[["player"]]
  n_players <- max(player)
  versus <- function(player, n_players) {
    versus_core(model$learner, model$core, x, typical, player, n_players, run)
  }
  whole <- versus(player, n_players)
  each <- if (n_players < length(player)) versus(seq_along(player), length(player))
          else whole
  n <- nrow(whole$value)
  value <- whole$value
  value[!(value > 0 & whole$restored > 0)] <- 0
  loan <- rep(seq_len(n), n_players)
  at <- which(value > 0)
  order <- at[order(loan[at], -value[at], (at - 1L) %/% n)]
  rank <- sequence(rle(loan[order])$lengths)
  order <- order[rank <= most]
  player_at <- (order - 1L) %/% n + 1L
  lead <- vapply(seq_len(n_players), function(k) {
    members <- which(player == k)
    members[max.col(each$value[, members, drop = FALSE], ties.method = "first")]
  }, integer(n))
  lead <- matrix(lead, n)
  data.table(loan = loan[order], rank = rank[rank <= most], player = player_at,
             lead = lead[cbind(loan[order], player_at)], contribution = value[order],
             fall = whole$restored[order])
}

# The table that users see
reason_table <- function(cited, declined, link, model, typical, x, texts) {
  if (is.null(cited)) {
    cited <- data.table(loan = integer(), rank = integer(), player = integer(),
                        lead = integer(), contribution = double(), fall = double())
  }
  row <- declined[cited[["loan"]]]
  lead <- cited[["lead"]]
  out <- data.table(
    row = row, rank = cited[["rank"]], reason = texts[["reason"]][lead],
    feature = texts[["feature"]][lead], text = rep(NA_character_, length(row)),
    value = rep(NA_character_, length(row)), typical = rep(NA_character_, length(row)),
    contribution = cited[["contribution"]],
    restored = link_prob(model, link[row] - cited[["fall"]])
  )
  for (j in unique(lead)) {
    at <- which(lead == j)
    own <- x[[j]][row[at]]
    feature <- texts[["feature"]][j]
    set(out, at, "value", spoken_value(own, feature))
    set(out, at, "typical", spoken_value(typical[[j]], feature))
    set(out, at, "text", texts_of(own, typical[[j]], texts[j]))
  }
  out
}

texts_of <- function(own, typical, words) {
  plain <- function(x) if (is.factor(x)) as.character(x) else as.double(x)
  distinct <- unique(own)
  text <- vapply(seq_along(distinct), function(i) {
    reason_text(plain(distinct[i]), plain(typical), words)
  }, "")
  text[match(own, distinct)]
}
