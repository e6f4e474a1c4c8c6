# The columns lcrisk knows, kept as tables that people can read: inst/schema/.
#
#   loans.csv, rejected.csv  one row per column: name, type, role, unit, ...
#   aliases.csv              other releases' names of the same columns
#   values.csv               other spellings of the same values; for loan_status, all
#   reasons.csv              what lcrisk_reasons() says of each feature
#   form.csv                 fields of an application in the order of a form: group, label

#' Columns of Lending Club's files
#'
#' The table by which [lcrisk_read()] types every column. Nothing is guessed from the
#' data: a cell that does not follow its column's grammar is counted and becomes
#' missing.
#'
#' @param which `"loans"` for the 151 columns of the loan files, `"rejected"` for the 9
#'   of rejected applications, `"aliases"` for names in other releases, `"values"` for
#'   spellings that are made one, `"reasons"` for the words of [lcrisk_reasons()].
#' @param ... Nothing else: an unknown argument is an error.
#' @return A data.table. For `"loans"` and `"rejected"`, one row per column of the file,
#'   in the file's order:
#'   * `name` character.
#'   * `type` character, what the column becomes: `number` and `percent` double (10.65
#'     for `10.65%`), `count` integer, `term` integer months, `month`
#'     [IDate][data.table::IDate] (the first of the month), `date` IDate, `years`
#'     integer 0 to 10, `flag` logical, `level` factor, `text` character.
#'   * `role` character: `applicant` (known about the borrower when applying), `pricing`
#'     (the platform's own decisions), `outcome`, `after_origination` (known only later:
#'     a leak in any model), `platform` (how the loan was offered and dated), `id`.
#'   * `unit` character.
#'   * `first_month` IDate: first month of issue with values. Fields of the credit
#'     bureau start in 2012, 2015 and 2017, so a missing value often tells the time. NA
#'     where values depend on later events.
#'   * `min`, `max` double: the plausible range; values outside are kept and counted in
#'     the ledger's notes.
#'   * `description` character.
#' @examples
#' schema <- lcrisk_schema()
#' schema[schema$role == "pricing", c("name", "type", "description")]
#' @export
lcrisk_schema <- function(which = "loans", ...) {
  check_call(...)
  which <- check_choice(which, c("loans", "rejected", "aliases", "values", "reasons"))
  copy(schema_table(which))
}

# Read once a session
schema_table <- function(which) {
  key <- paste0("schema_", which)
  if (is.null(state[[key]])) state[[key]] <- read_schema(which)
  state[[key]]
}

read_schema <- function(which) {
  file <- paste0(which, ".csv")
  path <- system.file("schema", file, package = "lcrisk", mustWork = TRUE)
  table <- fread(path, colClasses = "character", na.strings = NULL, encoding = "UTF-8",
                 showProgress = FALSE)
  if (!which %in% c("loans", "rejected")) return(table[])
  month <- paste0(table[["first_month"]], "-01")
  month[month == "-01"] <- NA
  set(table, j = "first_month", value = as.IDate(month))
  for (name in c("min", "max")) set(table, j = name, value = as.double(table[[name]]))
  table[]
}

# Which table the columns of a file belong to, by their names as they are compared.
schema_kind <- function(canonical) {
  count <- function(kind) sum(canonical %in% names(schema_names(kind)))
  names(which.max(c(loans = count("loans"), rejected = count("rejected"))))
}

# Names in the schema, named by how they may be written in a file (compared form)
schema_names <- function(kind) {
  own <- schema_table(kind)[["name"]]
  aliases <- schema_table("aliases")
  mine <- aliases[["table"]] == kind
  c(stats::setNames(own, own),
    stats::setNames(aliases[["name"]][mine], aliases[["alias"]][mine]))
}

# As cr_header_canonical() in src/core/data/header.h
canonical_name <- function(name) {
  lower <- chartr("ABCDEFGHIJKLMNOPQRSTUVWXYZ", "abcdefghijklmnopqrstuvwxyz", name)
  gsub("^_+|_+$", "", gsub("[^a-z0-9]+", "_", lower, perl = TRUE))
}
