# Twelve loans that meet every branch of the outcome rules; the snapshot is 2015-01.
few_loans <- function() {
  month <- function(x) data.table::as.IDate(paste0(x, "-01"))
  data.table::data.table(
    id = as.double(1:12),
    loan_amnt = 1000 * 1:12,
    term = c(36L, 36L, 36L, 60L, 60L, 36L, 36L, 36L, 36L, 36L, NA, 36L),
    annual_inc = c(12000, 24000, 0, NA, 36000, 48000, 60000, 72000, 84000, 96000,
                   1e5, 1e5),
    issue_d = month(c("2011-01", "2011-10", "2011-11", "2009-06", "2011-01", "2013-01",
                      "2013-01", "2014-06", "2010-01", NA, "2010-01", "2010-02")),
    loan_status = factor(c(
      "Fully Paid", "Charged Off", "Current", "Default", "Charged Off",
      "Late (31-120 days)", "Fully Paid", "Issued", NA, "Fully Paid",
      "Fully Paid", "In Grace Period"
    )),
    last_pymnt_d = month(c("2012-06", "2012-08", "2015-01", "2009-09", NA, "2013-11",
                           "2013-03", "2015-01", "2012-01", "2012-01", "2012-01",
                           "2014-12")),
    meets_policy = c(rep(TRUE, 11L), FALSE)
  )
}
