# The whole of preparation on the real loans, where they are present.

real_loans <- function(path, ...) suppressWarnings(lcrisk_read(real_file(path), ...))

drop_list <- c(
  "loan_status", "pymnt_plan", "out_prncp", "out_prncp_inv", "total_pymnt",
  "total_pymnt_inv",
  "total_rec_prncp", "total_rec_int", "total_rec_late_fee", "recoveries",
  "collection_recovery_fee", "last_pymnt_d", "last_pymnt_amnt", "next_pymnt_d",
  "last_credit_pull_d", "last_fico_range_high", "last_fico_range_low", "hardship_flag",
  "deferral_term", "payment_plan_start_date",
  "orig_projected_additional_accrued_interest",
  "debt_settlement_flag", "debt_settlement_flag_date", "settlement_status",
  "settlement_date", "settlement_amount", "settlement_percentage", "settlement_term"
)
artefacts <- c("id", "member_id", "url", "policy_code", "initial_list_status",
               "disbursement_method", "funded_amnt", "funded_amnt_inv")

test_that("2007 to 2011: outcome, features, split and audit hold the known counts", {
  loans <- real_loans("raw/LoanStats3a_securev1.csv.zip")
  known <- lcrisk_outcome(loans)
  expect_identical(nrow(known), 39786L)
  expect_identical(sum(known$default), 5670L)
  expect_identical(attr(known, "outcome")$snapshot, data.table::as.IDate("2018-12-01"))
  ledger <- lcrisk_ledger(known)
  expect_equal(ledger$n[ledger$step == "outcome"], c(2749, 39786))
  expect_identical(nrow(lcrisk_outcome(loans, policy = "all")), 42535L)

  frame <- lcrisk_features(known)
  split <- lcrisk_split(frame, test_from = "2011-01-01")
  expect_identical(c(nrow(split$train), nrow(split$test)), c(18065L, 21721L))
  expect_identical(max(split$train$issue_d), data.table::as.IDate("2010-12-01"))
  one <- lcrisk_features(known[777])
  for (name in names(one)) expect_identical(one[[name]], frame[[name]][777], info = name)

  # every leak column is a leak, and where its values vary they alone prove it
  audit <- lcrisk_audit(known)
  row <- match(drop_list, audit$column)
  expect_identical(audit$verdict[row], rep("leak", length(drop_list)))
  varies <- vapply(drop_list, function(name) data.table::uniqueN(known[[name]]) > 1L, NA)
  expect_gte(sum(varies), 20L)
  proven <- !grepl("^known to be", audit$finding[row])
  expect_identical(proven, unname(varies))
  expect_true(all(audit$verdict[match(artefacts, audit$column)] != "ok"))

  # a renamed leak too; and no honest column, with or without a link to the outcome
  features <- columns_with_role(frame, "feature")
  honest <- lcrisk_audit(lcrisk_features(known, pricing = "include"))
  expect_identical(unique(honest$verdict[honest$verdict != "clock"]), "ok")
  for (leak in c("recoveries", "total_rec_int", "debt_settlement_flag",
                 "last_fico_range_low")) {
    hidden <- data.table::copy(split$train)
    hidden[, x7 := known[[leak]][known$issue_d < as.Date("2011-01-01")]]
    error <- expect_error(lcrisk_train(hidden), class = "lcrisk_error_leak")
    expect_identical(error$columns, "x7", info = leak)
  }
  expect_silent(refuse_leaks_of(split$train, features, split$train$default, "default",
                                NULL))
  shuffled <- data.table::copy(frame)
  set.seed(1)
  shuffled[, default := sample(default)]
  expect_identical(sum(lcrisk_audit(shuffled)$verdict %in% c("leak", "suspicious")), 0L)

  folds <- lcrisk_folds(split$train, "rolling", k = 3)
  for (fold in folds) {
    expect_lt(max(split$train$issue_d[fold$train]), min(split$train$issue_d[fold$test]))
  }
})

# loans kept by each rule, or the code of the refusal
other_files <- list(
  list("raw/LoanStats_2015_H.csv.zip", matured = 721L, resolved = 967L, window = 1097L),
  list("raw/LoanStats_2019Q1_head.csv", matured = "no_snapshot", resolved = 4L),
  list("samples/accepted_2007_2018_sample2000.csv.gz", matured = 616L, resolved = 1215L,
       window = 1591L, mob = 1452L),
  list("samples/accepted_2015Q4_50000x7.csv.gz", matured = "missing_column",
       resolved = 44006L),
  list("samples/accepted_excel_damaged_999.csv.gz", matured = 473L, resolved = 609L),
  list("samples/resolved_2018_31766x58.csv.gz", resolved = 31766L),
  list("samples/loans_full_schema_2018Q1.csv.gz", matured = "no_snapshot")
)

test_that("every other file gives counted loans and features, or a refusal", {
  for (case in other_files) {
    loans <- real_loans(case[[1L]])
    for (rule in names(case)[-1L]) {
      label <- paste(case[[1L]], rule)
      out <- tryCatch(lcrisk_outcome(loans, rule), lcrisk_error = identity)
      if (is.character(case[[rule]])) {
        expect_identical(out$code, case[[rule]], info = label)
        next
      }
      expect_s3_class(out, "lcrisk_outcome")
      expect_identical(nrow(out), case[[rule]], info = label)
      ledger <- lcrisk_ledger(out)
      expect_equal(sum(ledger$n[ledger$step == "outcome"]), nrow(loans))
      expect_gt(length(columns_with_role(lcrisk_features(out), "feature")), 4L)
    }
  }
})
