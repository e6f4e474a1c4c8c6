# Every feature is one line: its name, its formula and what it says. The formula is
# the code: lcrisk_features() evaluates it in the columns of the loans, and the help
# page prints it. It may use the application's columns and the functions of
# prepare-measures.R, works row by row and learns nothing from the data, so a loan's
# features are the same alone and in a million.

# `needs` are the columns the formula reads
feature <- function(formula, about, group = "application") {
  formula <- substitute(formula)
  list(formula = formula, needs = all.vars(formula), about = about, group = group)
}

# Known from the application and its credit report in every release
application_features <- list(
  loan_amnt = feature(loan_amnt, "amount applied for"),
  term = feature(term, "months"),
  purpose = feature(known_purpose(purpose), "14 purposes, others as `other`"),
  home_ownership = feature(known_home(home_ownership), "ANY and NONE as OTHER"),
  joint = feature(is_joint(application_type), "two applicants"),
  emp_years = feature(emp_length, "years employed, 10 = ten or more"),
  emp_missing = feature(is_missing(emp_length), "employment not stated"),
  log_income = feature(log_positive(annual_inc), "income of a year"),
  dti = feature(in_range(dti, 0, 998), "debt payments, percent of income"),
  fico_mid = feature((fico_range_low + fico_range_high) / 2, "score"),
  inq_last_6mths = feature(inq_last_6mths, "credit inquiries"),
  delinq_2yrs = feature(delinq_2yrs, "times 30 days late in two years"),
  delinq_recency = feature(
    recency(never_zero(mths_since_last_delinq, delinq_2yrs), delinq_2yrs),
    "1 = late this month, 0 = never"
  ),
  pub_rec = feature(pub_rec, "derogatory public records"),
  record_recency = feature(
    recency(never_zero(mths_since_last_record, pub_rec), pub_rec), "of a public record"
  ),
  open_acc = feature(open_acc, "open credit lines"),
  total_acc = feature(total_acc, "credit lines ever"),
  open_acc_ratio = feature(ratio(open_acc, total_acc, 1), "share of lines still open"),
  credit_age = feature(months_between(earliest_cr_line, issue_d),
                       "months of credit history"),
  log_revol_bal = feature(log_plus(revol_bal), "revolving balance"),
  revol_util = feature(pmin(revol_util, 150), "percent of revolving limits used"),
  log_revol_limit = feature(
    log_plus(ratio(100 * revol_bal, revol_util, Inf)),
    "revolving limits, from balance and use"
  ),
  revol_bal_to_income = feature(ratio(revol_bal, annual_inc, 3),
                                "balance per year's income"),
  loan_to_income = feature(ratio(loan_amnt, annual_inc, 1), "loan per year's income"),
  payment_to_income = feature(
    ratio(12 * annuity(loan_amnt, term), annual_inc, 1),
    "instalments at 12 % a year, share of income"
  ),
  dti_after = feature(
    in_range(dti, 0, 998) + 100 * ratio(12 * annuity(loan_amnt, term), annual_inc, 1),
    "debt payments with this loan, percent"
  ),
  collections_12_mths_ex_med = feature(collections_12_mths_ex_med,
                                       "collections, not medical"),
  chargeoff_within_12_mths = feature(chargeoff_within_12_mths, "charge-offs in a year"),
  acc_now_delinq = feature(acc_now_delinq, "accounts late now"),
  log_delinq_amnt = feature(log_plus(delinq_amnt), "amount past due"),
  pub_rec_bankruptcies = feature(pub_rec_bankruptcies, "bankruptcies"),
  tax_liens = feature(tax_liens, "tax liens")
)

# The credit report's second block, collected from 2012 on, and the third, from
# December 2015 on
bureau_features <- list(
  derog_recency = feature(recency(mths_since_last_major_derog, tot_cur_bal),
                          "of 90 days late or worse", "bureau 2012"),
  bc_dlq_recency = feature(recency(mths_since_recent_bc_dlq, tot_cur_bal),
                           "of a late bankcard", "bureau 2012"),
  revol_delinq_recency = feature(recency(mths_since_recent_revol_delinq, tot_cur_bal),
                                 "of a late revolving account", "bureau 2012"),
  inq_recency = feature(recency(mths_since_recent_inq, tot_cur_bal),
                        "of an inquiry", "bureau 2012"),
  log_tot_coll_amt = feature(log_plus(tot_coll_amt), "ever in collection", "bureau 2012"),
  log_tot_cur_bal = feature(log_plus(tot_cur_bal), "all balances", "bureau 2012"),
  log_avg_cur_bal = feature(log_plus(avg_cur_bal), "average balance", "bureau 2012"),
  log_total_rev_hi_lim = feature(log_plus(total_rev_hi_lim), "revolving limits",
                                 "bureau 2012"),
  log_tot_hi_cred_lim = feature(log_plus(tot_hi_cred_lim), "all limits", "bureau 2012"),
  log_total_bal_ex_mort = feature(log_plus(total_bal_ex_mort),
                                  "balances without mortgage",
                                  "bureau 2012"),
  log_total_bc_limit = feature(log_plus(total_bc_limit), "bankcard limits",
                               "bureau 2012"),
  log_total_il_limit = feature(log_plus(total_il_high_credit_limit), "instalment limits",
                               "bureau 2012"),
  log_bc_open_to_buy = feature(log_plus(bc_open_to_buy), "bankcard limits not used",
                               "bureau 2012"),
  bc_headroom = feature(ratio(bc_open_to_buy, total_bc_limit, 1),
                        "share of bankcard limits not used", "bureau 2012"),
  bc_util = feature(pmin(bc_util, 150), "percent of bankcard limits used", "bureau 2012"),
  il_ratio = feature(ratio(num_il_tl, total_acc, 1), "share of instalment accounts",
                     "bureau 2012"),
  log_max_bal_bc = feature(log_plus(max_bal_bc), "largest bankcard balance",
                           "bureau 2015"),
  log_total_bal_il = feature(log_plus(total_bal_il), "instalment balances",
                             "bureau 2015"),
  il_util = feature(pmin(il_util, 200), "instalment balance, percent of first amount",
                    "bureau 2015"),
  all_util = feature(pmin(all_util, 200), "balance, percent of all limits",
                     "bureau 2015"),
  log_income_joint = feature(log_positive(annual_inc_joint), "income of both", "joint"),
  dti_joint = feature(in_range(dti_joint, 0, 998), "debt payments of both", "joint"),
  log_revol_bal_joint = feature(log_plus(revol_bal_joint), "revolving balance of both",
                                "joint"),
  sec_fico_mid = feature((sec_app_fico_range_low + sec_app_fico_range_high) / 2,
                         "score of the second applicant", "joint"),
  sec_credit_age = feature(months_between(sec_app_earliest_cr_line, issue_d),
                           "months of credit history, second applicant", "joint")
)

# Columns of those blocks that are used as they are
plain_columns <- list(
  "bureau 2012" = c(
    "acc_open_past_24mths", "mo_sin_old_il_acct", "mo_sin_old_rev_tl_op",
    "mo_sin_rcnt_rev_tl_op", "mo_sin_rcnt_tl", "mort_acc", "mths_since_recent_bc",
    "num_accts_ever_120_pd", "num_actv_bc_tl", "num_actv_rev_tl", "num_bc_sats",
    "num_bc_tl",
    "num_il_tl", "num_op_rev_tl", "num_rev_accts", "num_rev_tl_bal_gt_0", "num_sats",
    "num_tl_120dpd_2m", "num_tl_30dpd", "num_tl_90g_dpd_24m", "num_tl_op_past_12m",
    "pct_tl_nvr_dlq", "percent_bc_gt_75"
  ),
  "bureau 2015" = c(
    "open_acc_6m", "open_act_il", "open_il_12m", "open_il_24m", "mths_since_rcnt_il",
    "open_rv_12m", "open_rv_24m", "inq_fi", "total_cu_tl", "inq_last_12m"
  ),
  joint = c(
    "sec_app_inq_last_6mths", "sec_app_mort_acc", "sec_app_open_acc",
    "sec_app_revol_util",
    "sec_app_open_act_il", "sec_app_num_rev_accts", "sec_app_chargeoff_within_12_mths",
    "sec_app_collections_12_mths_ex_med", "sec_app_mths_since_last_major_derog"
  )
)

# Lending Club's own decision: known when the loan is issued, but not about the
# applicant
pricing_features <- list(
  grade_rank = feature(grade_rank(sub_grade), "A1 = 1 to G5 = 35", "pricing"),
  int_rate = feature(int_rate, "percent a year", "pricing"),
  installment = feature(installment, "monthly", "pricing"),
  installment_to_income = feature(ratio(12 * installment, annual_inc, 1),
                                  "share of income",
                                  "pricing"),
  verification_status = feature(verification_status, "what Lending Club verified",
                                "pricing")
)

# All features of a choice of pricing, in the order of the frame's columns
feature_table <- function(pricing = "exclude") {
  plain <- lapply(names(plain_columns), function(group) {
    names <- plain_columns[[group]]
    features <- lapply(names, function(name) {
      list(formula = as.name(name), needs = name, about = "", group = group)
    })
    stats::setNames(features, names)
  })
  c(application_features, bureau_features, unlist(plain, recursive = FALSE),
    if (pricing == "include") pricing_features)
}

# The table of the help page, from the same list
feature_help <- function() {
  features <- feature_table("include")
  formula <- vapply(features, function(f) paste(deparse(f$formula, 500L), collapse = " "),
                    "")
  about <- vapply(features, `[[`, "", "about")
  group <- vapply(features, `[[`, "", "group")
  as_is <- formula == names(features) & about == ""
  rows <- sprintf("| `%s` | `%s` | %s | %s |", names(features), formula, about,
                  group)[!as_is]
  plain <- vapply(names(plain_columns), function(group) {
    sprintf("As they are (%s): %s.", group,
            paste0("`", plain_columns[[group]], "`", collapse = ", "))
  }, "")
  c("@section Formulas:",
    "The code of the features and this table are one list.", "",
    "| feature | formula | meaning | block |", "| --- | --- | --- | --- |", rows, "",
    paste(plain, collapse = "\n\n"))
}
