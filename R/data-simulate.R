#' Simulate loans
#'
#' Makes loans that look like Lending Club's: the same 151 columns, the same layout and
#' quirks of the raw file, similar distributions and dependence, a similar risk. No
#' row of a real file is in them. For examples, tests and measurements of speed.
#'
#' @param n Number of loans.
#' @param file NULL for a table; or the name of the raw file to write, `.csv` or
#'   `.csv.gz`.
#' @param from,to First and last month of issue, between 2007-06 and 2018-12.
#' @param snapshot Month in which the file is made; later than `to`.
#' @inheritParams lcrisk_folds
#' @param ... Nothing else: an unknown argument is an error.
#' @return A `lcrisk_loans` as [lcrisk_read()] returns it; with `file` the path,
#'   invisibly.
#' @details
#' Loans per month follow the public totals by year. Each numeric column has quantile
#' tables, for loans to 2011 and from 2012 on; a column's normal score is a weighted sum
#' of those of up to eight earlier columns and noise (Cario and Nelson 1997). Rows with
#' the fields of the credit report that started in 2012, 2015 and 2017 are missing
#' before, as [lcrisk_schema()] says. Who fails follows a logistic model of the scores,
#' among them Lending Club's own rank, so an honest model reaches an AUC near 0.70; when
#' is drawn from a table, and the payments are computed from amount, rate and term. The
#' parameters are in `system.file("simulate", package = "lcrisk")`.
#'
#' The file has the banner line, quoted fields, `" 36 months"`, `" 10.65%"`,
#' `"Dec-2011"`, the section line before the loans that do not meet the credit policy
#' (2007 to 2010), and footers with the right sums.
#' @section Errors: `lcrisk_error_input` for an argument; `lcrisk_error_io`
#'   (`cannot_write`) when the file cannot be written.
#' @references Cario and Nelson (1997), Modeling and generating random vectors with
#'   arbitrary marginal distributions and correlation matrix. Technical report,
#'   Northwestern University.
#' @examples
#' loans <- lcrisk_simulate(500, seed = 1, to = "2011-12", snapshot = "2018-12")
#' loans
#' path <- lcrisk_simulate(200, seed = 1, file = tempfile(fileext = ".csv"))
#' readLines(path, 2)[1]
#' @export
lcrisk_simulate <- function(n, seed = NULL, file = NULL, from = "2007-06", to = "2018-12",
                            snapshot = "2019-03", ...) {
  check_call(...)
  n <- check_count(n, 1L, 50000000L)
  if (!is.null(file)) file <- check_string(file)
  months <- simulated_months(check_month(from), check_month(to))
  snapshot <- month_number(check_month(snapshot))
  if (snapshot <= max(months)) {
    lcrisk_abort("input", "bad_argument", "`snapshot` must be later than `to`.",
                 arg = "snapshot")
  }
  plan <- plan_issues(n, months, new_run(seed))
  block <- (seq_len(n) - 1L) %/% 100000L + 1L
  if (!is.null(file)) {
    write_raw_loans(plan, split(seq_len(n), block), snapshot, file)
    return(invisible(file))
  }
  tables <- lapply(split(seq_len(n), block), function(rows) {
    simulate_block(plan, rows, block[rows[1L]], snapshot)
  })
  new_loans(rbindlist(tables), start_ledger(n, step = "read"), "loans")
}

# Independent of the other blocks, so that a file of any length needs little memory
simulate_block <- function(plan, rows, block, snapshot) {
  sim <- new_block(plan, rows, block)
  draw_applications(sim)
  settle_applications(sim)
  draw_platform(sim)
  draw_payments(sim, snapshot)
  simulated_table(sim)
}

simulated_months <- function(from, to, call = caller_env()) {
  first <- month_number(from)
  last <- month_number(to)
  if (first > last || first < 12L * 2007L + 5L || last > 12L * 2018L + 11L) {
    lcrisk_abort(
      "input", "bad_argument",
      "`from` and `to` must be months from 2007-06 to 2018-12, in that order.",
      arg = "from", call = call
    )
  }
  seq.int(first, last)
}

# What the platform decides and how it names things
draw_platform <- function(sim) {
  x <- sim$column
  n <- sim$n
  rank <- pmin(pmax(round(x$rank), 1), 35)
  rates <- simulation_table("rates")
  rate <- rates[["rate"]]
  x$int_rate <- rate[rank + fifelse(sim$late, 35L, 0L)]
  grades <- paste0(rep(LETTERS[1:7], each = 5L), 1:5)
  x$grade <- factor_of(as.integer((rank - 1) %/% 5 + 1), LETTERS[1:7])
  x$sub_grade <- factor_of(as.integer(rank), grades)
  x$loan_amnt <- pmin(pmax(x$loan_amnt, 500), 40000)
  partly <- !sim$late & units(sim, "partly funded") < figure("partly_funded")
  part <- x$loan_amnt * (0.3 + 0.65 * units(sim, "funded share"))
  x$funded_amnt <- fifelse(partly, 25 * ceiling(part / 25), x$loan_amnt)
  by_investors <- fifelse(units(sim, "investors") < fifelse(sim$late, 0.05, 0.4),
                          0.9 + 0.1 * units(sim, "investors' share"), 1)
  x$funded_amnt_inv <- round(x$funded_amnt * by_investors, 2)
  monthly <- x$int_rate / 1200
  x$installment <- round(x$funded_amnt * monthly / (1 - (1 + monthly)^-x$term), 2)

  years <- simulation_table("years")[year_row(sim$issued)]
  x$initial_list_status <- factor_of(1L + (units(sim, "list") < years[["whole"]]),
                                     c("f", "w"))
  x$disbursement_method <- factor_of(1L + (units(sim, "disbursed") < years[["direct"]]),
                                     c("Cash", "DirectPay"))
  x$application_type <- factor_of(1L + (units(sim, "joint") < years[["joint"]]),
                                  c("Individual", "Joint App"))
  x$policy_code <- rep(1L, n)
  x$issue_d <- month_date(sim$issued)
  x$earliest_cr_line <- month_date(sim$issued - as.integer(x$credit_months))
  x$fico_range_low <- x$fico
  x$fico_range_high <- pmin(x$fico + 4, 850)
  x$id <- 54734 + 25 * sim$number + floor(25 * units(sim, "id"))
  x$zip_code <- draw_zip(sim, x$addr_state)
  x$emp_title <- draw_title(sim, x$emp_length)
  x$title <- purpose_titles[match(as.character(x$purpose), names(purpose_titles))]
  sim$column <- draw_joint(sim, x)
  sim
}

draw_zip <- function(sim, state) {
  prefix <- 19L * (as.integer(state) - 1L) + as.integer(19 * units(sim, "zip"))
  factor_of(prefix + 1L, sprintf("%03dxx", 0:999))
}

job_titles <- c(
  "teacher", "manager", "registered nurse", "driver", "supervisor", "sales", "owner",
  "project manager", "office manager", "director", "general manager", "engineer",
  "administrative assistant", "technician", "accountant", "police officer", "analyst",
  "attorney", "machine operator", "cashier", "electrician", "mechanic", "consultant",
  "chef", "server", "paralegal", "store manager", "warehouse associate",
  "software engineer", "NA"
)

purpose_titles <- c(
  wedding = "Wedding", car = "Car financing", major_purchase = "Major purchase",
  credit_card = "Credit card refinancing", home_improvement = "Home improvement",
  house = "Home buying", vacation = "Vacation", debt_consolidation = "Debt consolidation",
  renewable_energy = "Green loan", moving = "Moving and relocation",
  medical = "Medical expenses", other = "Other", educational = "Student loan",
  small_business = "Business"
)

draw_title <- function(sim, emp_length) {
  u <- units(sim, "emp_title")^2  # some titles are far more frequent
  title <- job_titles[1L + as.integer(length(job_titles) * u)]
  title[is.na(emp_length)] <- NA
  title
}

# The second applicant's columns are there for joint applications only
draw_joint <- function(sim, x) {
  alone <- x$application_type == "Individual"
  both <- grep("_joint$|^sec_app_", names(x), value = TRUE)
  for (name in both) x[[name]][alone] <- NA
  x$annual_inc_joint <- pmax(x$annual_inc_joint, x$annual_inc)
  x$sec_app_fico_range_high <- x$sec_app_fico_range_low + 4
  x$sec_app_earliest_cr_line <- month_date(
    fifelse(alone, NA_integer_,
            sim$issued - 60L - as.integer(300 * units(sim, "second line")))
  )
  x$verification_status_joint <- x$verification_status
  x$verification_status_joint[alone] <- NA
  x
}

# The 151 columns in the file's order and types, missing before they were collected, and
# `meets_policy`
simulated_table <- function(sim) {
  schema <- schema_table("loans")
  first <- month_number(schema[["first_month"]])
  columns <- lapply(seq_len(nrow(schema)), function(j) {
    name <- schema[["name"]][j]
    value <- as_schema_type(sim$column[[name]], schema[["type"]][j], sim$n)
    if (schema[["role"]][j] == "applicant") value[which(sim$issued < first[j])] <- NA
    value
  })
  names(columns) <- schema[["name"]]
  columns <- append(columns, list(meets_policy = !sim$exception),
                    after = match("loan_status", names(columns)))
  setDT(columns)
  columns
}

as_schema_type <- function(value, type, n) {
  if (is.null(value)) value <- rep(NA, n)
  switch(
    type,
    number = , percent = as.double(value),
    count = , term = , years = as.integer(value),
    flag = as.logical(value),
    level = if (is.factor(value)) droplevels(value) else as.factor(value),
    text = as.character(value),
    if (inherits(value, "Date")) value else as.IDate(value)
  )
}
