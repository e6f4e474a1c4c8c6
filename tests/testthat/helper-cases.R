# Specifications that are tables are tested as tables. A case is an id, what it is
# about, an expression, and what must come of it:
#
#   "ok"                       a value, and no warning of ours
#   "error input one_class"    lcrisk_error_input with that code (which may be left out)
#   "warning data rare_class"  a value, and that warning among ours
case <- function(id, about, expression, expected) {
  list(id = id, about = about, expression = substitute(expression), expected = expected,
       env = parent.frame())
}

expect_cases <- function(cases) {
  for (case in cases) {
    got <- outcome_of_case(case)
    label <- sprintf("%s (%s)", case$id, case$about)
    ok <- case$expected %in% c(got, sub(" [^ ]*$", "", got[got != "ok"]))
    if (case$expected == "ok") ok <- identical(got, "ok")
    testthat::expect(ok, sprintf("%s: expected %s, got %s", label, case$expected,
                                 paste(got, collapse = "; ")))
  }
}

# "ok", or what was raised, as "error kind code" or "warning kind code"; warnings of a
# call that ended well are all given
outcome_of_case <- function(case) {
  warnings <- character()
  error <- tryCatch(
    withCallingHandlers(
      {
        eval(case$expression, case$env)
        NULL
      },
      warning = function(w) {
        warnings <<- c(warnings, name_of_condition(w, "warning"))
        invokeRestart("muffleWarning")
      }
    ),
    error = function(e) name_of_condition(e, "error")
  )
  if (!is.null(error)) return(error)
  if (length(warnings)) warnings else "ok"
}

name_of_condition <- function(condition, type) {
  prefix <- sprintf("lcrisk_%s_", type)
  kind <- sub(prefix, "", grep(prefix, class(condition), value = TRUE)[1L], fixed = TRUE)
  if (is.na(kind)) return(paste("unclassed", type, conditionMessage(condition)))
  paste(type, kind, condition$code)
}
