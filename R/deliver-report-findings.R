# The findings of a validation report: one row each, made by small functions that take
# the report gathered so far and give NULL where they have nothing to say.

finding <- function(area, check, status, value, rule) {
  data.table(area = area, check = check, status = status, value = value, rule = rule)
}

report_findings <- function(report) {
  found <- lapply(finding_rules, function(rule) rule(report))
  rbindlist(c(found, find_groups(report)))
}

# `look` where a bound is passed, `bad` where far
light <- function(good, bad = FALSE) {
  if (is.na(good)) "unknown" else if (good) "good" else if (bad) "bad" else "look"
}

NOT_RECORDED <- "not recorded"
NO_DATA <- "no `data` given"

find_lineage <- function(report) {
  lineage <- report$model$lineage
  value <- if (is.null(lineage$ledger)) NOT_RECORDED else {
    sprintf("%s lines read, %s rows trained on",
            count_text(sum(lineage$ledger$n[lineage$ledger$step == "read"])),
            count_text(report$model$n))
  }
  recorded <- if (is.null(lineage$ledger)) NA else TRUE
  finding("Data", "Lineage from the raw files", light(recorded), value,
          "every line and loan accounted for")
}

find_events <- function(report) {
  model <- report$model
  n <- min(model$n_event, model$n - model$n_event) / length(model$blueprint$features)
  bound <- report$limits$events_per_column
  finding("Data", "Events for each column", light(n >= bound, n < bound / 2),
          sprintf("%.1f", n), sprintf("at least %g", bound))
}

find_pricing <- function(report) {
  pricing <- report$model$pricing
  without <- if (is.null(pricing)) NA else pricing == "exclude"
  finding("Design", "The lender's own pricing among the columns", light(without),
          pricing %||% NOT_RECORDED,
          "a model of applicants does not need grade or rate")
}

find_time <- function(report) {
  after <- if (is.null(report$test)) NA else report$test$after
  value <- if (is.null(report$test)) NO_DATA else if (is.na(after)) NOT_RECORDED else {
    sprintf("trained to %s, tested on %s", report$model$lineage$to, report$test$period)
  }
  finding("Design", "Tested on later loans", light(after), value,
          "all test rows after all training rows")
}

metric_found <- function(report, name) {
  metrics <- report$test$metrics
  as.list(metrics[match(name, metrics[["metric"]]), ])
}

find_auc <- function(report) {
  bound <- report$limits$auc
  rule <- sprintf("lower end at least %g; bad below %g", bound[2L], bound[1L])
  if (is.null(report$test)) return(unknown_finding("Performance", "AUC", rule))
  auc <- metric_found(report, "auc")
  finding("Performance", "AUC", light(auc$lower >= bound[2L], auc$lower < bound[1L]),
          figure_text(auc), rule)
}

unknown_finding <- function(area, check, rule) {
  finding(area, check, "unknown", NO_DATA, rule)
}

figure_text <- function(row, digits = 3L) {
  sprintf("%.*f (%.*f to %.*f)", digits, row$estimate, digits, row$lower, digits,
          row$upper)
}

line_found <- function(report, name) {
  line <- attr(report$test$calibration, "line")
  as.list(line[match(name, line[["term"]]), ])
}

find_intercept <- function(report) {
  bound <- report$limits$intercept
  rule <- sprintf("not told from 0, or within %g", bound)
  check <- "Calibration in the large (log-odds)"
  if (is.null(report$test)) return(unknown_finding("Calibration", check, rule))
  row <- line_found(report, "large")
  beyond <- row$lower > 0 || row$upper < 0
  far <- abs(row$estimate) > bound
  finding("Calibration", check, light(!beyond || !far && abs(row$estimate) <= bound / 2,
                                      beyond && far), figure_text(row), rule)
}

find_slope <- function(report) {
  bound <- report$limits$slope
  rule <- sprintf("not told from 1; bad beyond %g to %g", bound[1L], bound[2L])
  if (is.null(report$test)) return(unknown_finding("Calibration", "Slope", rule))
  row <- line_found(report, "slope")
  beyond <- row$lower > 1 || row$upper < 1
  far <- row$estimate < bound[1L] || row$estimate > bound[2L]
  finding("Calibration", "Slope", light(!beyond, beyond && far), figure_text(row), rule)
}

find_psi <- function(report) {
  bound <- report$limits$psi
  rule <- sprintf("below %g; bad from %g", bound[1L], bound[2L])
  drift <- report$test$drift
  if (is.null(report$test)) return(unknown_finding("Stability", "PSI of the score", rule))
  if (is.null(drift)) return(NULL)
  score <- drift[["psi"]][drift[["variable"]] == "(score)"]
  own <- drift[drift[["variable"]] != "(score)", ]
  worst <- own[which.max(own[["psi"]]), ]
  moved <- sum(own[["psi"]] >= bound[1L])
  rbind(
    finding("Stability", "PSI of the score", light(score < bound[1L], score >= bound[2L]),
            sprintf("%.3f", score), rule),
    finding("Stability", "PSI of the columns",
            light(moved == 0L, worst[["psi"]] >= bound[2L]),
            sprintf("%d of %d moved; most: %s, %.3f", moved, nrow(own),
                    worst[["variable"]], worst[["psi"]]), rule)
  )
}

find_outside <- function(report) {
  bound <- report$limits$outside
  rule <- sprintf("at most %s of the rows", percent_text(bound))
  check <- "Values outside the training range"
  if (is.null(report$test)) return(unknown_finding("Stability", check, rule))
  share <- report$test$shift$outside
  finding("Stability", check, light(share <= bound, share > 5 * bound),
          percent_text(share), rule)
}

find_missing <- function(report) {
  bound <- report$limits$missing
  rule <- sprintf("no column's share moves by more than %s", percent_text(bound))
  check <- "Missing values"
  if (is.null(report$test)) return(unknown_finding("Stability", check, rule))
  missing <- report$test$shift$missing
  change <- abs(missing[["here"]] - missing[["training"]])
  worst <- which.max(change)
  finding("Stability", check, light(change[worst] <= bound, change[worst] > 3 * bound),
          sprintf("most: %s, %s to %s", missing[["feature"]][worst],
                  percent_text(missing[["training"]][worst]),
                  percent_text(missing[["here"]][worst])), rule)
}

find_explained <- function(report) {
  sampled <- is_sampled(report$model$learner)
  finding("Explanation", "Contributions", light(!sampled),
          if (sampled) "sampled" else "exact", "exact, not sampled")
}

find_words <- function(report) {
  features <- report$model$blueprint$features
  absent <- setdiff(features, schema_table("reasons")[["feature"]])
  finding("Explanation", "Words for reasons", light(!length(absent)),
          if (length(absent)) sprintf("none for %s", quoted(absent, 4L)) else "all",
          "every column has a text of its own")
}

# A screen, so nothing here is bad
find_fairness <- function(report) {
  rule <- "approval at least four fifths of the reference's: a screen, no verdict"
  if (is.null(report$fairness)) {
    return(finding("Fairness", "Approval by group", "unknown", "no `groups` given", rule))
  }
  screen <- attr(report$fairness, "screen")
  count <- function(what) sum(screen[["screen"]] == what)
  finding("Fairness", "Approval by group", light(all(screen[["screen"]] == "not below")),
          sprintf("%d below, %d undecided, %d not below", count("below"),
                  count("undecided"), count("not below")), rule)
}

find_proof <- function(report) {
  proof <- report$proof
  file <- if (is.na(proof$bytes)) NA else proof$same
  scores <- if (is.null(proof$scores)) NA else proof$scores
  rbind(
    finding("Reproducibility", "Contents match the fingerprint",
            light(proof$sealed, TRUE), substr(report$model$fingerprint, 1L, 12L),
            "unchanged since training"),
    finding("Reproducibility", "Model file", light(file, TRUE),
            if (is.na(file)) "the learner has no file" else substr(proof$bytes, 1L, 12L),
            "saved, loaded and saved again: the same bytes"),
    finding("Reproducibility", "Scores without R", light(scores, TRUE),
            if (is.na(scores)) NO_DATA else if (scores) "the same bits" else "differ",
            "the file scores the rows of `data` as predict() does")
  )
}

finding_rules <- list(find_lineage, find_events, find_pricing, find_time, find_auc,
                      find_intercept, find_slope, find_psi, find_outside, find_missing,
                      find_explained, find_words, find_fairness, find_proof)

# ---- groups --------------------------------------------------------------------

find_groups <- function(report) {
  if (is.null(report$test)) {
    return(list(unknown_finding("Performance", "Vintages and segments", "")))
  }
  vintages <- report$test$vintages
  all <- c(list(vintages)[!is.null(vintages)], report$test$segments)
  names(all) <- c("vintages"[!is.null(vintages)], names(report$test$segments))
  unlist(lapply(names(all), function(name) group_findings(all[[name]], name)),
         recursive = FALSE)
}

group_findings <- function(groups, name) {
  off <- which(groups[["p_adjusted"]] < 0.05)
  gap <- abs(groups[["rate"]] - groups[["prob"]]) / groups[["prob"]]
  value <- sprintf("%d of %d differ", length(off), nrow(groups))
  if (length(off)) {
    value <- sprintf("%s; most: %s, %s expected, %s seen", value,
                     groups[["group"]][off[which.max(gap[off])]],
                     percent_text(groups[["prob"]][off[which.max(gap[off])]]),
                     percent_text(groups[["rate"]][off[which.max(gap[off])]]))
  }
  test <- same_auc(groups)
  list(
    finding("Calibration", sprintf("Event rate by %s", name),
            light(!length(off), any(is_far(groups)[off])), value,
            "mean probability within chance in every group (Holm)"),
    finding("Performance", sprintf("AUC by %s", name),
            light(test$p >= 0.05),
            if (is.na(test$p)) "too few groups" else {
              sprintf("%.3f to %.3f, %s", test$low, test$high, chance_text(test$p))
            },
            "one AUC for all (Cochran's test)")
  )
}

chance_text <- function(p) if (p < 0.001) "p < 0.001" else sprintf("p = %.3f", p)

# More than a quarter off, beyond chance, in a group that is not small
FAR_ROWS <- 200L
is_far <- function(groups) {
  groups[["n"]] >= FAR_ROWS & (groups[["lower"]] > 1.25 * groups[["prob"]] |
                                 groups[["upper"]] < groups[["prob"]] / 1.25)
}

# Cochran's Q of the groups that have both outcomes
same_auc <- function(groups) {
  known <- which(is.finite(groups[["auc_se"]]) & groups[["auc_se"]] > 0)
  auc <- groups[["auc"]][known]
  if (length(known) < 2L) return(list(p = NA_real_, low = NA_real_, high = NA_real_))
  weight <- 1 / groups[["auc_se"]][known]^2
  q <- sum(weight * (auc - sum(weight * auc) / sum(weight))^2)
  list(p = stats::pchisq(q, length(known) - 1L, lower.tail = FALSE), low = min(auc),
       high = max(auc))
}
