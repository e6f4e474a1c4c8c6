#' An app for analysts
#'
#' A Shiny app around one model or several: score one borrower or a file, look at vintages
#' and segments, compare models, choose a cut-off, and watch later applicants.
#'
#' @param model An `lcrisk_model` made by [lcrisk_train()], or a named list of several,
#'   the first of which scores.
#' @param data NULL, or rows with known outcomes that the models were not trained on: a
#'   frame, or a data frame with the outcome's column. Without them the app only scores.
#' @param title Heading of the app (text).
#' @param ... Nothing else: an unknown argument is an error.
#' @return An object of class `shiny.appobj`: printing it runs the app; a server takes it
#'   as the last value of `app.R`.
#' @details The form is made from the model's input contract, as the page of
#'   [lcrisk_page()] is, and reads text by the same code; probabilities are those of
#'   `predict()`. *Score* shows the probability, the decision, contributions
#'   ([lcrisk_shap()], or [lcrisk_reasons()] where these would be sampled) and reasons.
#'   *Many* takes a csv, in Lending Club's layout for models of [lcrisk_features()], and
#'   gives it back with probabilities; cells that a spreadsheet would take for a formula
#'   get an apostrophe. *Vintages*, *Models*, *Cut-off* and *Monitoring* work on `data`.
#'
#'   Files, comparisons and monitoring are worked on in a second R process, so the app
#'   goes on answering meanwhile.
#'
#'   The app has no passwords: who reaches it can score. Put it behind a server that asks.
#' @section Errors: `lcrisk_error_input` for wrong arguments and, with `code`
#'   `not_installed`, without \pkg{shiny} or \pkg{bslib}; those of [lcrisk_evaluate()].
#' @family delivering
#' @examples
#' set.seed(1)
#' data <- data.frame(income = runif(600, 20, 90))
#' data$default <- runif(600) < plogis(2 - 0.06 * data$income)
#' model <- lcrisk_train(default ~ income, data[1:300, , drop = FALSE], learner = "logit",
#'                       seed = 1)
#' if (requireNamespace("shiny", quietly = TRUE) &&
#'     requireNamespace("bslib", quietly = TRUE)) {
#'   app <- lcrisk_app(model, data[301:600, , drop = FALSE])
#'   if (interactive()) print(app)
#' }
#' @export
lcrisk_app <- function(model, data = NULL, title = "Credit risk", ...) {
  check_call(...)
  models <- app_models(model)
  check_string(title)
  check_installed("shiny")
  check_installed("bslib")
  shown <- if (!is.null(data)) app_data(models, data)
  ready <- app_model(models[[1L]])
  shiny::shinyApp(app_ui(ready, models, shown, title), app_server(ready, models, shown))
}

# A named list of models
app_models <- function(model, call = caller_env()) {
  if (inherits(model, "lcrisk_model")) {
    check_model(model, call = call)
    return(stats::setNames(list(model), model$learner$kind))
  }
  ok <- is.list(model) && length(model) && !is.null(names(model)) &&
    all(nzchar(names(model))) && !anyDuplicated(names(model))
  if (!ok) abort_argument("model", "a model, or a named list of models", model, call)
  for (one in model) check_model(one, call = call)
  outcome <- unique(lapply(model, function(one) c(one$outcome, one$event)))
  if (length(outcome) > 1L) {
    lcrisk_abort("input", "other_outcome", "The models are of different outcomes.",
                 cure = "Give models of one outcome and event.", arg = "model",
                 call = call)
  }
  model
}

# What the tabs need of the rows: outcomes, probabilities by model, dates, segments
app_data <- function(models, data, call = caller_env()) {
  first <- models[[1L]]
  y <- outcome_of(data, first$outcome, first$event, NULL, call)
  for (one in models) refuse_calibration_rows(one, data, y)
  columns <- as_columns(data, "data", call = call)
  date <- report_dates(data, NULL, call)
  list(
    data = data, y = y, date = date, n = length(y),
    prob = lapply(models, function(one) suppressWarnings(stats::predict(one, data))),
    groups = app_groups(data, columns, date, first$outcome)
  )
}

# Ways to group the rows: a list of factors by name
app_groups <- function(data, columns, date, outcome) {
  names <- segment_columns(data, columns, outcome)
  by <- lapply(stats::setNames(nm = names), function(name) {
    factor(as.character(columns[[name]]))
  })
  if (is.null(date)) return(by)
  c(list("Year of issue" = factor(data.table::year(date))), by)
}

# ---- page ----------------------------------------------------------------------

app_theme <- function() {
  bslib::bs_theme(version = 5, primary = "#0b5fa5", "border-radius" = "0.5rem",
                  "font-family-base" = "system-ui, -apple-system, 'Segoe UI', sans-serif")
}

app_ui <- function(ready, models, shown, title) {
  style <- paste(readLines(system.file("app", "app.css", package = "lcrisk",
                                       mustWork = TRUE)), collapse = "\n")
  tabs <- list(
    shiny::tabPanel("Score", score_ui("score", ready)),
    shiny::tabPanel("Many", many_ui("many", ready))
  )
  if (!is.null(shown)) {
    tabs <- c(tabs, list(
      if (length(shown$groups)) {
        shiny::tabPanel("Vintages", groups_ui("groups", models, shown))
      },
      shiny::tabPanel("Models", compare_ui("compare", models)),
      shiny::tabPanel("Cut-off", cutoff_ui("cutoff", models)),
      shiny::tabPanel("Monitoring", monitor_ui("monitor", models, shown))
    ))
  }
  shiny::tagList(
    shiny::tags$head(shiny::tags$style(shiny::HTML(style)),
                     shiny::tags$html(lang = "en")),
    do.call(shiny::navbarPage, c(
      list(title = title, theme = app_theme(), id = "tab", windowTitle = title,
           lang = "en", collapsible = TRUE),
      unname(Filter(Negate(is.null), tabs))
    ))
  )
}

app_server <- function(ready, models, shown) {
  function(input, output, session) {
    score_server("score", ready)
    many_server("many", ready)
    if (is.null(shown)) return(invisible())
    if (length(shown$groups)) groups_server("groups", models, shown)
    compare_server("compare", models, shown)
    cutoff_server("cutoff", models, shown)
    monitor_server("monitor", models, shown)
  }
}

card <- function(..., title = NULL) {
  shiny::div(class = "lc-card", if (!is.null(title)) shiny::tags$h2(title), ...)
}
