# Every failure a user can meet is a classed condition, so that code can react to
# it and tests need no regular expressions.
#
# | class                     | meaning                                             |
# | ------------------------- | --------------------------------------------------- |
# | lcrisk_error_input        | an argument has the wrong type, value or length     |
# | lcrisk_error_schema       | columns are missing, duplicated or of another type  |
# | lcrisk_error_parse        | a file does not follow the layout it should have    |
# | lcrisk_error_io           | the operating system refused a file operation       |
# | lcrisk_error_resource     | memory or a stated limit                            |
# | lcrisk_error_numeric      | no finite answer exists                             |
# | lcrisk_error_leak         | a proven leak is among the features                 |
# | lcrisk_error_model        | a model object or file is not valid                 |
# | lcrisk_error_cancelled    | interrupted by the user                             |
# | lcrisk_error_internal     | our bug; any appearance fails the tests             |
# | lcrisk_warning_data       | rows or values were set aside or repaired           |
# | lcrisk_warning_schema     | columns were ignored, levels were unseen            |
# | lcrisk_warning_numeric    | an answer exists but is fragile                     |
# | lcrisk_warning_partial    | interrupted: the answer is a part of what was asked |

# `message` is one sentence that names the thing in backticks; `cure` says what to
# do. Both, and further named arguments, are fields of the condition.
lcrisk_abort <- function(kind, code, message, cure = NULL, ..., call = caller_env()) {
  rlang::abort(
    c(message, i = cure),
    class = c(paste0("lcrisk_error_", kind), "lcrisk_error"),
    code = code, cure = cure, ..., call = call
  )
}

lcrisk_warn <- function(kind, code, message, cure = NULL, ...) {
  rlang::warn(
    c(message, i = cure),
    class = c(paste0("lcrisk_warning_", kind), "lcrisk_warning"),
    code = code, cure = cure, ...
  )
}

# Called by r_check() in src/glue/r_run.c with what a core function reported.
abort_from_core <- function(kind, code, message, line, offset) {
  lcrisk_abort(
    kind, code, message,
    cure = if (kind == "internal") "This is a bug in lcrisk: please report it.",
    line = if (line > 0) line, offset = if (offset >= 0) offset, call = NULL
  )
}
