# The functions that feature formulas use, beside R's arithmetic. Each works row by row,
# gives NA where the answer is unknown, and the same bits on any machine: logarithms
# are the core's own and annuities are products.

# NA unless low <= x <= high: Lending Club writes "unknown" as 999 or -1
in_range <- function(x, low, high) fifelse(x >= low & x <= high, as.double(x), NA_real_)

is_missing <- function(x) as.integer(is.na(x))

# a / b, at most `cap`; NA unless b > 0
ratio <- function(a, b, cap) fifelse(b > 0, pmin(a / b, cap), NA_real_)

# log(x), NA unless x > 0; log(1 + x), 0 for negative x
log_positive <- function(x) .Call(ffi_base_log, fifelse(x > 0, as.double(x), NA_real_))
log_plus <- function(x) .Call(ffi_base_log, 1 + pmax(as.double(x), 0))

# The monthly instalment of `amount` over `months` at a fixed 12 % a year, whatever rate
# Lending Club asks: amount * rate / (1 - (1 + rate)^-months) with 1 % a month. NA
# outside 1 to 1200 months.
annuity <- function(amount, months, rate = 0.01) {
  lengths <- unique(months[!is.na(months) & months >= 1 & months <= 1200])
  factor <- vapply(lengths, function(n) rate / (1 - power(1 / (1 + rate), n)), 0)
  amount * factor[match(months, lengths)]
}

# x^n by n products: R's own powers and products have other last bits elsewhere
power <- function(x, n) {
  out <- 1
  for (k in seq_len(n)) out <- out * x
  out
}

# Whole months from one month to a later one
months_between <- function(from, to) {
  months <- month_number(to) - month_number(from)
  fifelse(months >= 0L, months, NA_integer_)
}

# Early files write "never" as 0 months ago: told by a count of 0
never_zero <- function(months, count) {
  fifelse(!is.na(months) & months == 0 & !is.na(count) & count == 0, NA_real_,
          as.double(months))
}

# 1 / (1 + months since), 0 when it never happened: `months` is missing while
# `asked`, a field of the same report, is not. NA when the report was not asked.
recency <- function(months, asked) {
  fcase(!is.na(months), 1 / (1 + months), !is.na(asked), 0)
}

purposes <- c(
  "car", "credit_card", "debt_consolidation", "educational", "home_improvement", "house",
  "major_purchase", "medical", "moving", "other", "renewable_energy", "small_business",
  "vacation", "wedding"
)

known_purpose <- function(x) recode(x, stats::setNames(purposes, purposes), "other")

known_home <- function(x) {
  homes <- c("MORTGAGE", "OWN", "RENT", "OTHER")
  recode(x, stats::setNames(homes, homes), "OTHER")
}

# A factor with the fixed levels `map`: text not among its names becomes `other`
recode <- function(x, map, other) {
  x <- as.factor(x)
  new <- map[trimws(levels(x))]
  new[is.na(new)] <- other
  levels <- unique(unname(map))
  factor_of(match(new, levels)[as.integer(x)], levels)
}

factor_of <- function(codes, levels) {
  structure(codes, levels = levels, class = "factor")
}

# "Joint App" and "JOINT" of the releases; everything else applies alone
is_joint <- function(x) {
  x <- as.factor(x)
  as.integer(grepl("^joint", levels(x), ignore.case = TRUE))[as.integer(x)]
}

# A1 = 1 ... A5 = 5, B1 = 6 ... G5 = 35
grade_rank <- function(x) {
  x <- as.factor(x)
  match(levels(x), paste0(rep(LETTERS[1:7], each = 5L), 1:5))[as.integer(x)]
}
