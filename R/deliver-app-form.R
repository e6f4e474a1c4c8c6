# The form of the app: the same fields, words and grammar as the scoring page's, since
# both come from the model's input contract (R/deliver-inputs.R) and the core reads the
# texts (src/core/model/inputs.h).

# A model made ready for the app: its bytes and its fields, one list each
app_model <- function(model) {
  inputs <- inputs_of_model(model)
  parts <- c("name", "type", "label", "group", "unit", "help", "place", "min", "max",
             "low", "high", "typical", "levels", "follows", "by")
  fields <- lapply(seq_along(inputs$name), function(i) {
    c(lapply(inputs[parts], `[[`, i), list(index = i))
  })
  list(model = model, bytes = model_bytes(model), fields = fields, bands = inputs$bands,
       typical = typical_fields(fields))
}

# Months are kept as distances from the month of the application
typical_fields <- function(fields) {
  now <- as.POSIXlt(Sys.Date())
  month <- 12 * (now$year + 1900) + now$mon
  vapply(fields, function(field) {
    field$typical + if (field$type == "month") month else 0
  }, 0)
}

asked_fields <- function(fields) {
  asked <- Filter(function(field) field$follows < 0L, fields)
  asked[order(vapply(asked, `[[`, 0L, "place"), vapply(asked, `[[`, 0L, "index"))]
}

field_id <- function(field) paste0("field_", field$index)

field_choices <- function(field) {
  if (length(field$levels)) {
    return(c("not stated" = "", stats::setNames(field$levels, level_label(field$levels))))
  }
  if (field$name == "term") c("not stated" = "", "36 months" = "36", "60 months" = "60")
}

# debt_consolidation as Debt consolidation, RENT as Rent
level_label <- function(level) {
  plain <- grepl("^([a-z_ ]+|[A-Z]{3,})$", level)
  text <- gsub("_", " ", tolower(level), fixed = TRUE)
  ifelse(plain, paste0(toupper(substr(text, 1L, 1L)), substring(text, 2L)), level)
}

# As it stands in the form
field_text <- function(field, value) {
  if (is.na(value)) return("")
  if (length(field$levels)) return(field$levels[value])
  if (field$type == "month") return(sprintf("%d-%02d", value %/% 12, value %% 12 + 1))
  if (field$type == "date") return(format(as.Date(value, origin = "1970-01-01")))
  format(value, digits = 15L, scientific = FALSE, trim = TRUE)
}

field_control <- function(field, value, ns) {
  id <- ns(field_id(field))
  unit <- switch(field$unit, count = , months = "", percent = " (%)",
                 if (nzchar(field$unit)) sprintf(" (%s)", field$unit) else "")
  label <- paste0(field$label, unit)
  choices <- field_choices(field)
  control <- if (is.null(choices)) {
    shiny::textInput(id, label, field_text(field, value), width = "100%")
  } else {
    shiny::selectInput(id, label, choices, field_text(field, value), width = "100%",
                       selectize = FALSE)
  }
  note <- shiny::textOutput(ns(paste0("note_", field$index)), inline = TRUE)
  shiny::div(class = "field", title = if (nzchar(field$help)) field$help, control,
             shiny::div(class = "note", `aria-live` = "polite", note))
}

form_ui <- function(ready, ns) {
  asked <- asked_fields(ready$fields)
  group <- vapply(asked, `[[`, "", "group")
  lapply(unique(group), function(name) {
    controls <- lapply(asked[group == name], function(field) {
      field_control(field, ready$typical[field$index], ns)
    })
    shiny::tags$fieldset(shiny::tags$legend(name), shiny::div(class = "fields", controls))
  })
}

# ---- reading -------------------------------------------------------------------

CELL_BAD <- 2L
CELL_COMMA <- 3L

# What the texts of the form mean: `values`, one per field, and `note`, by asked field
# what to say of it; `bad` counts those that cannot be read.
read_form <- function(ready, texts) {
  values <- rep(NaN, length(ready$fields))
  note <- character()
  bad <- 0L
  for (field in asked_fields(ready$fields)) {
    id <- field_id(field)
    read <- .Call(ffi_model_parse, ready$bytes, field$index - 1L, texts[[id]] %||% "")
    result <- attr(read, "result")
    note[[id]] <- field_note(field, as.vector(read), result)
    bad <- bad + (result >= CELL_BAD)
    if (result < CELL_BAD) values[field$index] <- as.vector(read)
  }
  for (field in ready$fields) {
    if (field$follows >= 0L) values[field$index] <- values[field$follows + 1L] + field$by
  }
  list(values = values, note = note, bad = bad)
}

field_note <- function(field, value, result) {
  if (result == CELL_COMMA) return("Write the decimal with a point, such as 12.5.")
  if (result == CELL_BAD) return("This cannot be read.")
  if (is.na(value) || length(field$levels) || field$type == "month") return("")
  text <- function(x) field_text(field, x)
  if (isTRUE(value < field$min) || isTRUE(value > field$max)) {
    if (is.na(field$max)) return(sprintf("Usually at least %s.", text(field$min)))
    return(sprintf("Usually %s to %s: please check.", text(field$min), text(field$max)))
  }
  if (isTRUE(value < field$low) || isTRUE(value > field$high)) {
    return(sprintf("Rare in training (%s to %s): less certain.", text(field$low),
                   text(field$high)))
  }
  ""
}

# The model's own columns of one borrower, as a data frame of one row
form_columns <- function(ready, values) {
  columns <- .Call(ffi_model_columns, ready$bytes, values, 1)
  blueprint <- ready$model$blueprint
  row <- lapply(seq_along(blueprint$features), function(j) {
    name <- blueprint$features[j]
    switch(
      blueprint$kind[[name]],
      level = , ordered = make_factor(as.integer(columns[j]), blueprint$levels[[name]],
                                      blueprint$kind[[name]] == "ordered"),
      flag = as.logical(columns[j]),
      date = as.Date(columns[j], origin = "1970-01-01"),
      columns[j]
    )
  })
  as.data.frame(stats::setNames(row, blueprint$features), check.names = FALSE)
}
