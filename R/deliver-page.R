#' A scoring page that needs nothing
#'
#' Writes one html file with the model and its scorer inside. It opens from disk in any
#' current browser, on a computer or a phone, with nothing installed and no network, and
#' gives the probabilities of `predict()`, to the last bit.
#'
#' @param model An `lcrisk_model` made by [lcrisk_train()].
#' @param file Name of the html file; replaced as a whole if it exists.
#' @param title Heading of the page (text).
#' @param texts NULL, or a data frame with words for the model's columns, as
#'   [lcrisk_reasons()] takes it.
#' @param metrics NULL, or what [lcrisk_evaluate()] said of the model: shown on the page's
#'   model card.
#' @param ... Nothing else: an unknown argument is an error.
#' @return `file`, invisibly.
#' @details The form is made from the model: for a model of [lcrisk_features()] it asks
#'   for the columns of an application, for any other model for its own columns. It says
#'   in words what cannot be read, what is implausible, and what was rare in training.
#'   While one types, the page shows the probability, a band of risk, the decision at the
#'   model's cut-off, what pushes the score, the nearest change that would turn the
#'   decision, and how the score follows one field. Further tabs compare two borrowers,
#'   score a csv file in Lending Club's layout, and show the model's card.
#'
#'   *What pushes the score* are the contributions of [lcrisk_shap()], to the last bit, as
#'   what each multiplies the odds by; for learners whose contributions have no formula,
#'   the estimates of [lcrisk_reasons()] against the typical approved applicant.
#'
#'   *Reasons* for a decline are those of [lcrisk_reasons()] at the model's cut-off. The
#'   words are of `lcrisk_schema("reasons")`; columns that are not in it get plain ones,
#'   or yours by `texts`. *What would turn the decision* is the nearest value of one field
#'   that does, fields first that the texts mark `change = yes`.
#'
#'   *Bands* are very low, low, medium, high and very high; they begin at 0, 0.5,
#'   0.8, 1.25 and 2 times the event rate of training.
#'
#'   *Safety.* A content security policy with hashes of the page's own script and style
#'   lets nothing else run and nothing be loaded or sent. The model inside is checked,
#'   checksum first, before it scores. Texts of the model and of csv files are shown as
#'   text. In the scored csv, cells that a spreadsheet would take for a formula get an
#'   apostrophe.
#' @section Errors: those of [lcrisk_save()]; `lcrisk_error_input` for wrong arguments.
#' @examples
#' set.seed(1)
#' data <- data.frame(income = runif(300, 20, 90))
#' data$default <- runif(300) < plogis(2 - 0.06 * data$income)
#' model <- lcrisk_train(default ~ income, data, learner = "logit", seed = 1)
#' file <- tempfile(fileext = ".html")
#' lcrisk_page(model, file, title = "Loans by income")
#' file.size(file)
#' @export
lcrisk_page <- function(model, file, title = "Credit risk", metrics = NULL,
                        texts = NULL, ...) {
  check_call(...)
  check_model(model)
  check_path(file)
  call <- rlang::current_env()
  if (!is_text(title, 1L)) abort_argument("title", "one text", title, call)
  check_page_metrics(metrics)
  page <- fill_page(model, title, metrics, texts)
  .Call(ffi_model_write, path.expand(file), charToRaw(enc2utf8(page)))
  invisible(file)
}

check_page_metrics <- function(metrics, call = caller_env()) {
  if (is.null(metrics) || inherits(metrics, "lcrisk_metrics")) return(invisible())
  abort_argument("metrics", "NULL or what lcrisk_evaluate() returned", metrics, call)
}

fill_page <- function(model, title, metrics, texts = NULL) {
  scripts <- paste0(c("scorer", "explain", "batch", "show", "form", "answer", "whatif",
                      "compare", "many", "card", "app"), ".js")
  script <- paste(vapply(scripts, page_text, ""), collapse = "\n")
  style <- page_text("page.css")
  parts <- list(
    "script-hash" = content_hash(script), "style-hash" = content_hash(style),
    title = html_text(title), subtitle = html_text(page_subtitle(model)),
    metrics = metrics_html(metrics), style = style,
    scorer = base64(page_bytes("scorer.wasm")), model = base64(model_bytes(model, texts)),
    script = script
  )
  page <- page_text("page.html")
  # cut at the places first, so that no part's own text can be taken for a place
  pieces <- strsplit(page, "\\{\\{|\\}\\}")[[1L]]
  places <- seq(2L, length(pieces), by = 2L)
  pieces[places] <- unlist(parts[pieces[places]])
  paste(pieces, collapse = "")
}

page_subtitle <- function(model) {
  sprintf("Learner %s, trained on %s rows, %s with %s", model$learner$kind,
          count_text(model$n), sub(" ", "\u00a0", percent_text(model$base_rate)),
          event_text(model$outcome, model$event))
}

page_file <- function(name) {
  system.file("page", name, package = "lcrisk", mustWork = TRUE)
}

page_bytes <- function(name) {
  path <- page_file(name)
  readBin(path, "raw", file.size(path))
}

page_text <- function(name) {
  text <- rawToChar(page_bytes(name))
  Encoding(text) <- "UTF-8"
  text
}

html_text <- function(x) {
  x <- enc2utf8(x)
  for (pair in list(c("&", "&amp;"), c("<", "&lt;"), c(">", "&gt;"), c("\"", "&quot;"),
                    c("'", "&#39;"))) {
    x <- gsub(pair[1L], pair[2L], x, fixed = TRUE)
  }
  x
}

metrics_html <- function(metrics) {
  if (is.null(metrics)) return("")
  digits <- function(x) ifelse(is.na(x), "", formatC(x, digits = 4L, format = "f"))
  rows <- sprintf(
    "<tr><th scope=\"row\">%s</th><td>%s</td><td>%s</td></tr>",
    html_text(metrics[["metric"]]), digits(metrics[["estimate"]]),
    ifelse(is.na(metrics[["lower"]]), "",
           sprintf("%s to %s", digits(metrics[["lower"]]), digits(metrics[["upper"]])))
  )
  paste0(
    "<div class=\"card\"><h2>Measured</h2><table><thead><tr>",
    "<th scope=\"col\">Metric</th><th scope=\"col\">Estimate</th>",
    "<th scope=\"col\">Interval</th></tr></thead><tbody>",
    paste(rows, collapse = ""), "</tbody></table></div>"
  )
}

# As a content security policy names a script or style
content_hash <- function(text) {
  paste0("sha256-", base64(.Call(ffi_model_digest, charToRaw(enc2utf8(text)))))
}

base64 <- function(bytes) {
  alphabet <- c(LETTERS, letters, 0:9, "+", "/")
  n <- length(bytes)
  padded <- c(as.integer(bytes), rep(0L, (3L - n %% 3L) %% 3L))
  group <- matrix(padded, 3L)
  code <- rbind(
    group[1L, ] %/% 4L, group[1L, ] %% 4L * 16L + group[2L, ] %/% 16L,
    group[2L, ] %% 16L * 4L + group[3L, ] %/% 64L, group[3L, ] %% 64L
  )
  text <- alphabet[code + 1L]
  if (n %% 3L > 0L) text[length(text) - seq_len(3L - n %% 3L) + 1L] <- "="
  paste(text, collapse = "")
}
