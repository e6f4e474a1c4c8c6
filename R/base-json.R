# R's values as JSON text, for what is small: lists with names are objects, other lists
# and vectors with I() are lists, vectors of length one are values, NULL and missing null.
json_text <- function(x) {
  if (is.null(x)) return("null")
  if (is.list(x)) {
    parts <- vapply(x, json_text, "")
    if (is.null(names(x))) return(sprintf("[%s]", paste(parts, collapse = ",")))
    return(sprintf("{%s}", paste0(json_quote(names(x)), ":", parts, collapse = ",")))
  }
  text <- if (is.character(x)) json_quote(x) else if (is.logical(x)) {
    ifelse(x, "true", "false")
  } else {
    json_number(x)
  }
  text[is.na(x)] <- "null"
  if (length(x) == 1L && !inherits(x, "AsIs")) return(text)
  sprintf("[%s]", paste(text, collapse = ","))
}

json_quote <- function(x) {
  vapply(enc2utf8(as.character(x)), function(one) {
    paste0("\"", .Call(ffi_serve_escape, charToRaw(one)), "\"")
  }, "", USE.NAMES = FALSE)
}

# 17 digits where they are needed to have the same double back; what is not finite has no
# number in JSON
json_number <- function(x) {
  if (is.integer(x)) return(sprintf("%d", x))
  out <- rep("null", length(x))
  known <- is.finite(x)
  short <- sprintf("%.15g", x[known])
  exact <- as.numeric(short) == x[known]
  out[known] <- ifelse(exact, short, sprintf("%.17g", x[known]))
  out
}
