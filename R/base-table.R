# What data.tables with a class of ours have in common: which calls of `[` choose rows and
# columns and which compute something, and when printing is not wanted.

# The call of a method of `[` with its arguments named
bracket_call <- function(call) match.call(function(x, i, j, by, ...) NULL, call)

is_given <- function(argument) {
  !is.null(argument) && !identical(argument, quote(expr = )) # nolint: the empty argument
}

is_assignment <- function(j) is.call(j) && identical(j[[1L]], quote(`:=`))

# Rows, or columns by name or number: not what `j` computes, nor groups. Told by how the
# call is written, because one mean of one column has a column's name too.
is_selection <- function(call) {
  if (is_given(call$by) || is_given(call$keyby)) return(FALSE)
  j <- call$j
  if (!is_given(j) || isFALSE(call$with)) return(TRUE)
  if (is.name(j)) return(grepl("^\\.", as.character(j)))  # .SD, ..columns
  if (!is.call(j)) return(TRUE)
  if (list(j[[1L]]) %in% list(quote(.), quote(list))) {
    names <- names(j)[-1L] %||% ""
    own <- vapply(as.list(j)[-1L], column_name, "")
    return(!anyNA(own) && all(names == "" | names == own))
  }
  list(j[[1L]]) %in% list(quote(c), quote(`!`), quote(`-`), quote(`:`), quote(`(`))
}

column_name <- function(x) if (is.name(x)) as.character(x) else NA_character_

# `loans[, y := 1]` at the prompt prints nothing: R makes what `[` returns visible,
# whatever the method says, so it has to be caught in print(), as data.table does. To be
# called from a print method itself.
was_assigned <- function(x) {
  is_new <- !shouldPrint(x)
  is_new && (sys.nframe() <= 3L || isTRUE(getOption("knitr.in.progress")))
}
