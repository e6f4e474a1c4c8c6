# Writes inst/simulate/: what lcrisk_simulate() draws from. Summaries of the real loans
# only (quantiles, shares, regression weights), rounded; no row of theirs.
#
#   LCRISK_REAL_DATA=<folder> Rscript data-raw/simulate-parameters.R
#
# `early` is the era to 2011 (42,535 loans), `late` from 2012 on (2,000 of Kaggle's).

library(data.table)
library(lcrisk)

real <- Sys.getenv("LCRISK_REAL_DATA")
read <- function(path) {
  loans <- suppressWarnings(lcrisk_read(file.path(real, path)))
  setattr(loans, "class", c("data.table", "data.frame"))
  loans
}
loans <- list(
  early = read("raw/LoanStats3a_securev1.csv.zip"),
  late = read("samples/accepted_2007_2018_sample2000.csv.gz")
)
loans$late <- loans$late[issue_d >= as.IDate("2012-01-01")]
prob <- c(0, 0.005, 0.02, seq(0.05, 0.95, by = 0.05), 0.98, 0.995, 1)
write <- function(table, name) fwrite(table, file.path("inst/simulate", name))

# ---- what is drawn, in the order in which it may depend on what came before ------

schema <- lcrisk_schema()
months_old <- function(x) (x$issue_d - x$earliest_cr_line) / 30.4375
for (era in names(loans)) {
  x <- loans[[era]]
  x[, credit_months := pmax(round(as.double(months_old(x))), 0)]
  x[, fico := fico_range_low]
  x[, rank := match(as.character(sub_grade), paste0(rep(LETTERS[1:7], each = 5), 1:5))]
}
core <- c(
  "annual_inc", "loan_amnt", "fico", "credit_months", "total_acc", "open_acc",
  "revol_bal", "revol_util", "dti", "inq_last_6mths", "delinq_2yrs",
  "mths_since_last_delinq", "pub_rec", "mths_since_last_record", "pub_rec_bankruptcies",
  "tax_liens", "emp_length", "home_ownership", "purpose", "term", "rank",
  "verification_status", "collections_12_mths_ex_med", "chargeoff_within_12_mths",
  "acc_now_delinq", "delinq_amnt"
)
ordered_levels <- list(
  home_ownership = c("RENT", "OTHER", "NONE", "ANY", "OWN", "MORTGAGE"),
  purpose = c("wedding", "car", "major_purchase", "credit_card", "home_improvement",
              "house", "vacation", "debt_consolidation", "renewable_energy", "moving",
              "medical", "other", "educational", "small_business"),
  verification_status = c("Not Verified", "Source Verified", "Verified")
)
numeric <- schema$type %in% c("number", "count", "percent")
second <- grepl("^sec_app|_joint$", schema$name)
later <- schema$first_month >= as.IDate("2012-01-01")
bureau <- schema$name[schema$role == "applicant" & numeric & later & !second]
joint <- schema$name[second & numeric]
bureau <- setdiff(bureau, core)

as_number <- function(x, column) {
  value <- x[[column]]
  if (column %in% names(ordered_levels)) {
    return(match(as.character(value), ordered_levels[[column]]))
  }
  as.double(value)
}

# ---- marginals ---------------------------------------------------------------------

# Quantiles of the values that are there, and the share that is missing
step_of <- function(value) {
  value <- value[value != 0]
  if (!length(value)) return(1)
  for (step in c(100, 50, 25, 10, 5, 1, 0.1, 0.01)) {
    if (mean(abs(value / step - round(value / step)) < 1e-6) > 0.95) return(step)
  }
  0.01
}
quantiles_of <- function(column, era) {
  value <- as_number(loans[[era]], column)
  if (column %in% joint) value <- value[loans[[era]]$application_type == "Joint App"]
  missing <- mean(is.na(value))
  value <- value[!is.na(value)]
  if (length(value) < 30) return(NULL)
  step <- step_of(value)
  q <- quantile(value, prob, type = 1, names = FALSE)
  data.table(column = column, era = era, missing = round(missing, 4), step = step,
             t(setNames(signif(q, 4), sprintf("p%g", 100 * prob))))
}
is_level <- core %in% c(names(ordered_levels), "term")
numeric_core <- core[!is_level]
quantiles <- rbindlist(c(
  lapply(numeric_core, quantiles_of, era = "early"),
  lapply(c(numeric_core, bureau, joint), quantiles_of, era = "late")
))
write(quantiles, "quantiles.csv")

levels_of <- function(column, era, labels) {
  share <- tabulate(match(as.character(loans[[era]][[column]]), labels), length(labels))
  data.table(column = column, era = era, level = labels,
             share = round(share / sum(share), 5))
}
shares <- rbindlist(c(
  lapply(names(ordered_levels), function(column) {
    rbind(levels_of(column, "early", ordered_levels[[column]]),
          levels_of(column, "late", ordered_levels[[column]]))
  }),
  list(levels_of("addr_state", "early", sort(levels(loans$early$addr_state))),
       levels_of("addr_state", "late", sort(levels(loans$late$addr_state))))
))
write(shares, "levels.csv")

# ---- dependence --------------------------------------------------------------------

# A column's normal score is a weighted sum of at most four earlier columns' scores and
# noise. A score is the value's place in its own distribution, missing counted lowest.
# The rows are in the order of drawing; a column without drivers has one of weight 0.
scores_of <- function(era, columns) {
  sapply(columns, function(column) {
    value <- as_number(loans[[era]], column)
    value[is.na(value)] <- -1
    qnorm((frank(value, ties.method = "average") - 0.5) / length(value))
  })
}
links_of <- function(column, earlier, scores, limit) {
  y <- (scores[, column] - mean(scores[, column])) / sd(scores[, column])
  chosen <- character()
  repeat {
    left <- setdiff(earlier, chosen)
    if (length(chosen) == limit || !length(left)) break
    residual <- if (length(chosen)) lm.fit(cbind(1, scores[, chosen]), y)$residuals else y
    gain <- abs(cor(residual, scores[, left]))
    gain[is.na(gain)] <- 0
    if (max(gain) < 0.08) break
    chosen <- c(chosen, left[which.max(gain)])
  }
  if (!length(chosen)) {
    return(data.table(column = column, driver = "", weight = 0, noise = 1))
  }
  fit <- lm.fit(cbind(1, scores[, chosen]), y)
  data.table(column = column, driver = chosen,
             weight = round(unname(fit$coefficients[-1]), 3),
             noise = round(sd(fit$residuals), 3))
}
early <- scores_of("early", core)
late <- scores_of("late", c(core, bureau))
late <- late[, apply(late, 2, sd) > 0]
links <- rbindlist(c(
  lapply(seq_along(core), function(i) {
    links_of(core[i], core[seq_len(i - 1)], early, if (core[i] == "rank") 8 else 4)
  }),
  lapply(intersect(bureau, colnames(late)), function(column) {
    links_of(column, colnames(late)[seq_len(match(column, colnames(late)) - 1)], late, 4)
  })
))
write(links, "links.csv")

# ---- the outcome -------------------------------------------------------------------

# Logistic regression on the scores, with the platform's own rank
bad <- as.integer(loans$early$loan_status == "Charged Off")
outcome_columns <- c("annual_inc", "loan_amnt", "fico", "revol_util", "revol_bal", "dti",
                     "inq_last_6mths", "pub_rec", "term", "purpose", "rank", "emp_length")
fit <- glm(bad ~ early[, outcome_columns] + loans$early$meets_policy, family = binomial)
weights <- coef(fit)
# Scores of counts and of two levels carry less than the values themselves: weights a
# little larger give the AUC, and a lower level the bad rate, of the real loans of 2011.
of_scores <- -c(1, length(weights))
weights[of_scores] <- 1.15 * weights[of_scores]
weights[1] <- weights[1] - 0.02
weights <- round(weights, 3)
names(weights) <- c("intercept", outcome_columns, "meets_policy")
write(data.table(term = names(weights), weight = weights), "outcome.csv")

# Month of the last payment as a share of the term, and other figures of the payments
share_of_term <- function(rows) {
  x <- loans$early[rows]
  months <- round(as.double(x$last_pymnt_d - x$issue_d) / 30.4375)
  quantile(pmin(months / x$term, 1.2), prob, na.rm = TRUE, names = FALSE)
}
x <- loans$early
unpaid <- x$funded_amnt - x$total_rec_prncp
recovers <- bad == 1 & x$recoveries > 0 & unpaid > 1
score <- x$last_fico_range_low
payments <- data.table(
  figure = c("good_share_of_term", "bad_share_of_term", "recovered_share",
             "good_last_fico",
             "bad_last_fico"),
  rbind(round(share_of_term(bad == 0), 3), round(share_of_term(bad == 1), 3),
        round(quantile(pmin(x$recoveries / unpaid, 1)[recovers], prob, names = FALSE), 4),
        quantile(score[bad == 0], prob, type = 1, names = FALSE),
        quantile(score[bad == 1], prob, type = 1, names = FALSE))
)
setnames(payments, c("figure", sprintf("p%g", 100 * prob)))
write(payments, "payments.csv")
figures <- c(
  never_paid = mean(is.na(x$last_pymnt_d)[bad == 1]), recovers = sum(recovers) / sum(bad),
  late_fee_bad = mean(x$total_rec_late_fee[bad == 1] > 0),
  late_fee_good = mean(x$total_rec_late_fee[bad == 0] > 0),
  settles = mean(x$debt_settlement_flag[bad == 1]),
  partly_funded = mean(x$funded_amnt < x$loan_amnt)
)
write(data.table(figure = names(figures), value = round(figures, 4)), "figures.csv")

# Interest rate by rank and era
rates <- rbindlist(lapply(names(loans), function(era) {
  rate <- loans[[era]][, .(rate = median(int_rate)), keyby = rank]
  smooth <- approx(rate$rank, rate$rate, 1:35, rule = 2)$y
  data.table(era = era, rank = 1:35, rate = round(cummax(smooth), 2))
}))
write(rates, "rates.csv")

# ---- by year of issue ---------------------------------------------------------------

# Loans issued: the public totals of Lending Club's files by year
years <- data.table(
  year = 2007:2018,
  loans = c(603, 2393, 5281, 12537, 21721, 53367, 134814, 235629, 421095, 434407, 443579,
            495242)
)
by_year <- rbind(loans$early, loans$late, fill = TRUE)[, .(
  exceptions = mean(!meets_policy), long = mean(term == 60),
  whole = mean(initial_list_status == "w"), joint = mean(application_type == "Joint App"),
  direct = mean(disbursement_method != "Cash")
), keyby = .(year = year(issue_d))]
years <- merge(years, by_year, by = "year")
years[year == 2010, long := 0.36]  # of the months from May on
years <- years[, lapply(.SD, round, 3)]
# Bad rate aimed at, all terms: the matured vintages, later ones as published for 36
# months
years$bad <- c(0.26, 0.21, 0.137, 0.140, 0.152, 0.16, 0.16, 0.18, 0.20, 0.21, 0.21, 0.20)
write(years, "years.csv")
