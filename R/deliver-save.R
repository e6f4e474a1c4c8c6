#' Save a model to a file, and load it
#'
#' A model file holds everything needed to score, in a written format of plain numbers and
#' text under a checksum. It is what [lcrisk_page()] and programs without R read. Loading
#' runs nothing: a damaged or hostile file is refused, never evaluated.
#'
#' @param model An `lcrisk_model` made by [lcrisk_train()].
#' @param path Name of the file (text). An existing file is replaced as a whole: at any
#'   time, and after a crash, the file has the old content or the new one. A symbolic link
#'   is replaced, not followed.
#' @param max_bytes Largest file that is read (number of bytes).
#' @param ... Nothing else: an unknown argument is an error.
#' @return `lcrisk_save()`: `path`, invisibly. `lcrisk_load()`: the `lcrisk_model`,
#'   identical to the one saved.
#' @details The same model always gives the same bytes, and a loaded model saves to the
#'   bytes it came from. The file has no training rows, paths or names of people or
#'   machines; of dates the first and last month of the training loans.
#'
#'   `saveRDS()` of a model works too, but `readRDS()` of a file from somebody else can
#'   run what they put there. `lcrisk_load()` cannot.
#'
#'   The format (magic, version, sections, SHA-256) is described in
#'   `src/core/model/file.h` of the sources. Before anything is used, the loader checks
#'   size, version, length and checksum, then every array: lengths fit, offsets ascend,
#'   numbers are finite, children come after their parents, cuts ascend. It reads all
#'   files of its major version; newer ones are refused with both versions named.
#' @section Errors: `lcrisk_error_io` when the system refuses; `lcrisk_error_resource`
#'   (`too_large`) above `max_bytes`; `lcrisk_error_model` with `code` `not_lcrisk`,
#'   `too_new`, `truncated`, `trailing`, `checksum`, or what is damaged in it; `learner`
#'   when the model's learner has no scorer without R, `not_plain` when the model holds
#'   something else than plain vectors.
#' @section Warnings: `lcrisk_warning_schema` (`skipped_sections`) for optional parts of a
#'   newer file.
#' @examples
#' set.seed(1)
#' data <- data.frame(income = runif(300, 20, 90))
#' data$default <- runif(300) < plogis(2 - 0.06 * data$income)
#' model <- lcrisk_train(default ~ income, data, learner = "logit", seed = 1)
#' path <- tempfile(fileext = ".lcrisk")
#' lcrisk_save(model, path)
#' again <- lcrisk_load(path)
#' identical(predict(again, data), predict(model, data))
#' @name lcrisk_save
NULL

#' @rdname lcrisk_save
#' @export
lcrisk_save <- function(model, path, ...) {
  check_call(...)
  check_model(model)
  check_path(path)
  bytes <- model_bytes(model)
  .Call(ffi_model_write, path.expand(path), bytes)
  invisible(path)
}

#' @rdname lcrisk_save
#' @export
lcrisk_load <- function(path, max_bytes = 2^29, ...) {
  check_call(...)
  check_path(path)
  max_bytes <- check_number(max_bytes, 0, 2^53)
  model_of_sections(.Call(ffi_model_open, path.expand(path), max_bytes))
}

check_path <- function(path, arg = rlang::caller_arg(path), call = caller_env()) {
  ok <- is.character(path) && length(path) == 1L && !is.na(path) && nzchar(path)
  if (!ok) abort_argument(arg, "the name of a file", path, call)
  path
}

# The file of a model, checked by the same code that will load it. `texts` are words of
# the user's own for its columns.
model_bytes <- function(model, texts = NULL, call = caller_env()) {
  if (is_peer(model$learner)) {
    lcrisk_abort(
      "model", "foreign_learner",
      sprintf("A model of the package `%s` cannot be scored without it.",
              model$learner$kind),
      cure = "Keep it with saveRDS(), or train one of ours.", call = call
    )
  }
  sections <- sections_of_model(model, texts)
  bytes <- .Call(ffi_model_bytes, sections, rep(TRUE, length(sections)))
  .Call(ffi_model_open, bytes, 0)
  bytes
}

# Everything that has a section of its own; the other fields are in `model`.
sectioned <- c("learner", "core", "blueprint")

sections_of_model <- function(model, texts = NULL) {
  fields <- unclass(model)
  sections <- list(
    model = fields[setdiff(names(fields), sectioned)],
    learner = plain_learner(model$learner),
    columns = model$blueprint,
    inputs = c(inputs_of_model(model), list(words = words_of_model(model, texts))),
    core = model$core
  )
  if (!is.null(model$calibration)) {
    sections$model$calibration <- lapply(model$calibration, unclass)
  }
  if (!is.null(model$balance)) sections$model$balance <- unclass(model$balance)
  names(sections)[5L] <- core_section(model$learner$kind)
  sections
}

# Learners hold learners (a blend its members); files hold no classes.
plain_learner <- function(learner) {
  learner <- unclass(learner)
  members <- learner$params$learners
  if (is.list(members)) learner$params$learners <- lapply(members, plain_learner)
  learner
}

# The kind becomes a class, so a file may only name kinds that there are.
learner_of <- function(plain, call) {
  check_saved(plain, learner_kinds(), "learner", call)
  members <- plain$params$learners
  if (is.list(members)) plain$params$learners <- lapply(members, learner_of, call = call)
  structure(plain, class = c(paste0("lcrisk_", plain$kind), "lcrisk_learner"))
}

check_saved <- function(plain, kinds, what, call) {
  whole <- is.list(plain) && is_text(plain[["kind"]], 1L) && plain[["kind"]] %in% kinds &&
    is.list(plain[["params"]])
  if (whole) return(invisible())
  lcrisk_abort("model", "bad_model", sprintf("The %s in the file is damaged.", what),
               cure = "Load an undamaged copy.", arg = "path", call = call)
}

core_section <- function(kind) paste0("core.", kind)

model_of_sections <- function(sections, call = caller_env()) {
  unread <- names(sections)[vapply(sections, is.null, NA)]
  if (length(unread)) {
    lcrisk_warn(
      "schema", "skipped_sections",
      sprintf("The file has parts that this version does not know: %s.", quoted(unread)),
      cure = "They are optional; a newer lcrisk uses them.", sections = unread
    )
  }
  kind <- sections$learner$kind
  model <- c(
    list(learner = learner_of(sections$learner, call),
         core = sections[[core_section(kind)]], blueprint = sections$columns),
    sections$model
  )
  if (!is.null(model$calibration)) {
    model$calibration <- lapply(model$calibration, structure, class = "lcrisk_calibrator")
  }
  if (!is.null(model$balance)) {
    check_saved(model$balance, balance_kinds, "balancing", call)
    model$balance <- new_balance(model$balance$kind, model$balance$params)
  }
  model <- structure(model, class = c(sprintf("lcrisk_%s_model", kind), "lcrisk_model"))
  check_model(model, "path", call)
  model
}
