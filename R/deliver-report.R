#' A validation report
#'
#' Writes one html file that says what a reviewer asks of a model: where its data came
#' from, how it was made, how it performs on rows it has not seen, whether its
#' probabilities hold by vintage and segment, whether applicants have changed, what it
#' relies on, its limits, findings with traffic lights, and the proof that it can be made
#' and scored again.
#'
#' @param model An `lcrisk_model` made by [lcrisk_train()]. What it does not remember is
#'   reported as not recorded.
#' @param file Name of the html file; replaced as a whole if it exists.
#' @param data NULL, or rows with known outcomes that the model was not trained on: a
#'   frame, or a data frame with the outcome's column. Without them nothing is said of
#'   performance and stability.
#' @param ... Nothing else: an unknown argument is an error.
#' @param segments Names of columns of `data` whose groups are judged apart. NULL: up to
#'   four columns of 2 to 12 values, those of a loan application first.
#' @param groups NULL, or what [lcrisk_fairness()] takes as `group`: columns of `data`, or
#'   a data frame of attributes, whose groups are compared at the cut-off. They are for
#'   judging only.
#' @param time Name of the column of `data` that dates the rows. NULL: the frame's own.
#' @param title Heading of the report (text).
#' @param limits NULL, or a list of bounds to take the place of the defaults: see
#'   Findings.
#' @param level Coverage of the intervals.
#' @param threads As in [lcrisk_train()].
#' @return A list of class `lcrisk_report`, invisibly: `file`, and `findings`, a
#'   data.table with one row per finding: `area`, `check`, `status` (`good`, `look`,
#'   `bad`, `unknown`), `value`, `rule` (text).
#' @section Findings: Each has a light. `good`: within its rule. `look`: outside it, or
#'   not told apart from it by these rows. `bad`: far outside. `unknown`: not recorded,
#'   or no `data`. Rules, and the names of their bounds in `limits` with their defaults:
#'   * `events_per_column` (10): events in training for each column of the model;
#'   * `auc` (`c(0.60, 0.65)`): the lower end of its interval;
#'   * `intercept` (0.2): calibration in the large, in log-odds, beyond chance;
#'   * `slope` (`c(0.8, 1.25)`): calibration slope, beyond chance;
#'   * `psi` (`c(0.10, 0.25)`): stability of the score and of each column;
#'   * `outside` (0.02): share of rows with a value outside the training range;
#'   * `missing` (0.10): change of a column's share of missing values.
#'
#'   Vintages and segments are judged by Jeffreys' test of their event rate against the
#'   mean probability, adjusted by Holm's method, and by Cochran's test that all have one
#'   AUC. The bounds are customs of the trade, not theorems. Of `groups` the light tells
#'   only whether the screen of four fifths of [lcrisk_fairness()] is passed; it is no
#'   verdict.
#' @section Reproducibility: The report gives the fingerprints of model and training rows,
#'   the seed, the versions and the SHA-256 of the model file, and says whether the file,
#'   opened anew, scores the rows of `data` with the same bits.
#' @section Errors: `lcrisk_error_input` for wrong arguments, `not_installed` without
#'   \pkg{rmarkdown} or pandoc; those of [lcrisk_evaluate()] and [lcrisk_save()].
#' @family delivering
#' @examples
#' set.seed(1)
#' data <- data.frame(income = runif(900, 20, 90),
#'                    home = sample(c("RENT", "OWN"), 900, TRUE))
#' data$default <- runif(900) < plogis(2 - 0.06 * data$income + (data$home == "RENT"))
#' model <- lcrisk_train(default ~ ., data[1:600, ], learner = "logit", seed = 1)
#' if (requireNamespace("rmarkdown", quietly = TRUE) && rmarkdown::pandoc_available()) {
#'   file <- tempfile(fileext = ".html")
#'   lcrisk_report(model, file, data[601:900, ])$findings
#' }
#' @export
lcrisk_report <- function(model, file, data = NULL, ..., segments = NULL,
                          groups = NULL, time = NULL,
                          title = "Validation report", limits = NULL, level = 0.95,
                          threads = lcrisk_threads()) {
  check_call(...)
  check_model(model)
  check_path(file)
  check_string(title)
  level <- check_level(level)
  limits <- report_limits(limits)
  check_installed("rmarkdown")
  if (!rmarkdown::pandoc_available()) {
    lcrisk_abort("input", "not_installed", "The program `pandoc` is not installed.",
                 cure = "Install pandoc (Debian: `apt install pandoc`).")
  }
  report <- list(model = model, title = title, level = level, limits = limits,
                 proof = report_proof(model, data, threads))
  if (!is.null(data)) {
    report$test <- report_test(model, data, segments, time, level, threads)
    if (!is.null(groups)) {
      report$fairness <- lcrisk_fairness(model, data, group = groups, level = level,
                                         threads = threads)
    }
  }
  report$importance <- report_importance(model, data, threads)
  report$findings <- report_findings(report)
  render_report(report, file)
  out <- structure(list(file = file, findings = report$findings), class = "lcrisk_report")
  invisible(out)
}

#' @export
format.lcrisk_report <- function(x, ...) {
  count <- vapply(c("good", "look", "bad", "unknown"), function(status) {
    sum(x$findings[["status"]] == status)
  }, 0L)
  shown <- x$findings[x$findings[["status"]] %in% c("look", "bad"), ]
  c(
    sprintf("<lcrisk_report> %d good, %d to look at, %d bad, %d unknown", count[[1L]],
            count[[2L]], count[[3L]], count[[4L]]),
    sprintf("  %-4s %s: %s", shown[["status"]], shown[["check"]], shown[["value"]]),
    sprintf("Open %s", x$file)
  )
}

#' @export
print.lcrisk_report <- function(x, ...) {
  writeLines(format(x))
  invisible(x)
}

# ---- bounds --------------------------------------------------------------------

default_limits <- list(events_per_column = 10, auc = c(0.60, 0.65), intercept = 0.2,
                       slope = c(0.8, 1.25), psi = c(0.10, 0.25), outside = 0.02,
                       missing = 0.10)

report_limits <- function(limits, call = caller_env()) {
  if (is.null(limits)) return(default_limits)
  known <- names(default_limits)
  ok <- is.list(limits) && !is.null(names(limits)) && all(names(limits) %in% known)
  if (!ok) {
    abort_argument("limits", sprintf("a list with names among %s", quoted(known)),
                   limits, call)
  }
  for (name in names(limits)) {
    given <- limits[[name]]
    if (is.numeric(given) && length(given) == length(default_limits[[name]]) &&
          all(is.finite(given)) && !is.unsorted(given)) next
    abort_argument(paste0("limits$", name),
                   sprintf("%s, rising", count_of(length(default_limits[[name]]),
                                                  "finite number")), given, call)
  }
  utils::modifyList(default_limits, limits)
}

# ---- rendering -----------------------------------------------------------------

# Knitted in a folder of its own and moved into place as a whole
render_report <- function(report, file) {
  folder <- tempfile("lcrisk-report")
  dir.create(folder)
  on.exit(unlink(folder, recursive = TRUE))
  source <- system.file("report", package = "lcrisk", mustWork = TRUE)
  file.copy(list.files(source, full.names = TRUE), folder)
  within <- new.env(parent = environment(render_report))
  within$report <- report
  html <- rmarkdown::render(
    file.path(folder, "report.Rmd"), output_file = "report.html", envir = within,
    quiet = TRUE, params = list(title = report$title)
  )
  .Call(ffi_model_write, path.expand(file), readBin(html, "raw", file.size(html)))
}
