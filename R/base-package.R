#' lcrisk: from Lending Club's loan files to credit decisions
#'
#' One direction: read, define the outcome, build features, split by time, train,
#' evaluate, compare. Each step is one verb that takes the result of the step
#' before it. Start with [lcrisk_read()].
#'
#' @section Options:
#' * `lcrisk.threads`: threads a call may use, see [lcrisk_threads()].
#' * `lcrisk.progress`: `TRUE` or `FALSE` overrules the default of every
#'   `progress =` argument, which is to show progress in an interactive session
#'   and to be silent in scripts and in knitr.
#'
#' @useDynLib lcrisk, .registration = TRUE
#' @import data.table
#' @importFrom rlang caller_env %||%
#' @keywords internal
"_PACKAGE"

# R CMD check cannot see column names used inside data.table's brackets; they are
# declared in the file that uses them, through utils::globalVariables().
