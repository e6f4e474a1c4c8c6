# A frame of made-up loans, for what needs roles, dates and loan numbers
few_frame <- function(n) {
  rows <- contract_rows(n)
  months <- seq(as.Date("2009-01-01"), as.Date("2011-12-01"), by = "month")
  columns <- list(
    id = as.double(1000 + seq_len(n)), default = rows$y,
    issue_d = data.table::as.IDate(rep_len(months, n)), income = rows$income,
    score = rows$score, home = factor(rows$home)
  )
  roles <- c(id = "id", default = "outcome", issue_d = "time", income = "feature",
             score = "feature", home = "feature")
  new_frame(columns, roles)
}
