applicants <- function() {
  data.table::data.table(
    issue_d = data.table::as.IDate(c("2011-12-01", "2012-10-01", "2008-02-01")),
    loan_amnt = c(12000, 5000, 30000), term = c(36L, 60L, 36L),
    annual_inc = c(60000, 0, NA), dti = c(10, 999, -1), emp_length = c(10L, NA, 0L),
    home_ownership = factor(c("RENT", "ANY", "NONE")),
    purpose = factor(c("car", "moon", NA)),
    application_type = c("Individual", "Joint App", "INDIVIDUAL"),
    earliest_cr_line = data.table::as.IDate(c("1985-01-01", "2012-11-01", NA)),
    fico_range_low = c(735, 660, NA), fico_range_high = c(739, 664, NA),
    delinq_2yrs = c(0L, 1L, NA), mths_since_last_delinq = c(NA, 3, NA),
    pub_rec = c(0L, 2L, 1L), mths_since_last_record = c(0, 0, 119),
    revol_bal = c(3000, 0, NA), revol_util = c(50, 0, 150.7),
    open_acc = c(5L, 0L, 3L), total_acc = c(10L, 0L, 2L),
    tot_cur_bal = c(NA, 5, 5), mths_since_recent_inq = c(NA, NA, 1),
    sub_grade = factor(c("A1", "B3", "G5")), int_rate = c(5.42, 10, 25),
    installment = c(361.92, 106.24, 1195),
    verification_status = factor(c("Verified", NA, NA))
  )
}

# feature -> the three values, computed by hand from the applicants
features_by_hand <- list(
  loan_amnt = c(12000, 5000, 30000),
  emp_years = c(10, NA, 0),
  emp_missing = c(0, 1, 0),
  log_income = c(log(60000), NA, NA),
  dti = c(10, NA, NA),
  fico_mid = c(737, 662, NA),
  joint = c(0, 1, 0),
  delinq_recency = c(0, 1 / 4, NA),
  record_recency = c(0, 1, 1 / 120),  # 0 months with no record is never
  open_acc_ratio = c(0.5, NA, 1),     # no accounts: unknown; capped at 1
  credit_age = c(323, NA, NA),        # a line opened after the loan is no history
  log_revol_bal = c(log(3001), 0, NA),
  revol_util = c(50, 0, 150),
  log_revol_limit = c(log(6001), NA, NA),
  revol_bal_to_income = c(0.05, NA, NA),
  loan_to_income = c(0.2, NA, NA),
  payment_to_income = c(12 * 12000 * 0.01 / (1 - 1.01^-36) / 60000, NA, NA),
  dti_after = c(10 + 1200 * 12000 * 0.01 / (1 - 1.01^-36) / 60000, NA, NA),
  inq_recency = c(NA, 0, 1 / 2)       # not asked, never, a month ago
)

test_that("each feature is what its formula says", {
  frame <- lcrisk_features(applicants())
  for (name in names(features_by_hand)) {
    expect_equal(as.double(frame[[name]]), features_by_hand[[name]], tolerance = 1e-14,
                 info = name)
  }
  expect_identical(as.character(frame$home_ownership), c("RENT", "OTHER", "OTHER"))
  expect_identical(as.character(frame$purpose), c("car", "other", NA))
})

test_that("pricing is a choice", {
  without <- lcrisk_features(applicants())
  expect_identical(unname(frame_roles(without)[c("sub_grade", "int_rate",
                                                 "installment")]),
                   c("benchmark", "money", "money"))
  expect_false(any(c("grade_rank", "verification_status") %in% names(without)))

  with <- lcrisk_features(applicants(), pricing = "include")
  own <- c("grade_rank", "int_rate", "installment", "installment_to_income",
           "verification_status")
  expect_true(all(frame_roles(with)[own] == "feature"))
  expect_identical(with$grade_rank, c(1L, 8L, 35L))
  expect_identical(frame_roles(with)[["sub_grade"]], "benchmark")
  shared <- intersect(names(with), names(without))
  for (name in setdiff(shared, own)) {
    expect_identical(with[[name]], without[[name]], info = name)
  }
})

test_that("a loan has the same features alone and in the batch", {
  loans <- applicants()
  together <- lcrisk_features(loans, pricing = "include")
  for (i in seq_len(nrow(loans))) {
    alone <- lcrisk_features(loans[i], pricing = "include")
    expect_identical(names(alone), names(together))
    for (name in names(alone)) {
      expect_identical(alone[[name]], together[[name]][i], info = name)
    }
  }
})

test_that("no feature comes from anything but the application", {
  known <- unlist(lapply(feature_table("exclude"), `[[`, "needs"))
  later <- c("loan_status", "out_prncp", "total_pymnt", "recoveries", "last_pymnt_d",
             "last_pymnt_amnt", "last_fico_range_high", "last_credit_pull_d",
             "debt_settlement_flag", "hardship_flag", "funded_amnt", "funded_amnt_inv",
             "initial_list_status", "policy_code", "id", "url", "zip_code", "addr_state",
             "grade", "sub_grade", "int_rate", "installment", "verification_status")
  expect_identical(intersect(known, later), character())
})

test_that("what the file lacks is skipped and told, what is empty is kept aside", {
  loans <- applicants()
  loans$dti <- NA_real_
  loans$fico_range_low <- NULL
  frame <- lcrisk_features(loans)
  expect_identical(frame_roles(frame)[["dti"]], "empty")
  expect_true("fico_mid" %in% attr(frame, "skipped"))
  expect_false("fico_mid" %in% names(frame))
  expect_true(all(is.na(frame$dti_after)))

  loans$colour <- c("red", "blue", "red")
  expect_true("colour" %in% attr(lcrisk_features(loans), "ignored"))
  added <- lcrisk_features(loans, add = "colour")
  expect_identical(frame_roles(added)[["colour"]], "feature")
  expect_error(lcrisk_features(loans, add = "color"), class = "lcrisk_error_schema")
  expect_error(lcrisk_features(loans, add = "sub_grade"), class = "lcrisk_error_input")
})

test_that("loans that are none, or badly typed, are refused by class", {
  expect_error(lcrisk_features(data.frame(x = 1)), class = "lcrisk_error_schema")
  expect_error(lcrisk_features(1), class = "lcrisk_error_input")
  expect_error(lcrisk_features(applicants()[0L]), class = "lcrisk_error_input")
  text <- applicants()
  text$annual_inc <- as.character(text$annual_inc)
  error <- expect_error(lcrisk_features(text), class = "lcrisk_error_schema")
  expect_identical(error$code, "column_type")
  expect_match(conditionMessage(error), "annual_inc")
})

test_that("a finished frame is not taken for loans", {
  frame <- lcrisk_features(applicants())
  error <- expect_error(lcrisk_features(frame), class = "lcrisk_error_input")
  expect_identical(error$code, "frame_given")
  expect_type(error$cure, "character")
})
