# Scores in a store, each with the fingerprint of the model it came from.

#' Keep scores in a store
#'
#' Scores loans with a model and keeps each score with the loan's `id` and the fingerprint
#' of the model, so that it can be told later, and computed again, how any of them came
#' about. The model is put into the store, too, where it is not there.
#'
#' @param store What [lcrisk_store()] returned.
#' @param model An `lcrisk_model`; for loading NULL for all, or a name or the first digits
#'   of a fingerprint as for [lcrisk_load_model()].
#' @param data Rows to score, as for `predict()`, with the column `id` (a number for each
#'   row, no two alike).
#' @param ... Nothing else: an unknown argument is an error.
#' @return A data.table, one row per score: `batch` integer (one per call), `fingerprint`,
#'   `scored_at` (UTC, text), `row` (from 1), `id`, `prob`.
#' @details The same rows with the same model are one batch: a second call returns it and
#'   stores nothing.
#' @section Errors: `lcrisk_error_schema` (`missing_column`) without `id`,
#'   `lcrisk_error_input` (`duplicate_id`) when it is missing or repeated; errors of
#'   `predict()` and [lcrisk_load_model()].
#' @examples
#' if (requireNamespace("RSQLite", quietly = TRUE)) {
#'   set.seed(1)
#'   data <- data.frame(id = 1:300, income = runif(300, 20, 90))
#'   data$default <- runif(300) < plogis(2 - 0.06 * data$income)
#'   model <- lcrisk_train(default ~ income, data, learner = "logit", seed = 1)
#'   store <- lcrisk_store(tempfile(fileext = ".sqlite"))
#'   lcrisk_save_scores(store, model, data[1:5, ])
#'   lcrisk_load_scores(store)
#' }
#' @export
lcrisk_save_scores <- function(store, model, data, ...) {
  check_call(...)
  check_store(store)
  check_model(model)
  check_data(data)
  check_columns(data, "id")
  id <- check_score_ids(data[["id"]])
  prob <- stats::predict(model, data)
  # what was scored: the values of the model's own columns, in the order of the rows
  seen <- as.list(data)[intersect(names(data), c("id", model$blueprint$features))]
  hash <- .Call(ffi_hash_vectors, seen)
  bytes <- model_bytes(model)
  with_store(store, function(con) {
    batch <- in_transaction(con, function() {
      add_model(con, model, bytes)
      add_scores(con, model$fingerprint, hash, id, prob)
    })
    scores_of(con, sprintf("batch = %d", batch))
  })
}

check_score_ids <- function(id, call = caller_env()) {
  if (!is.numeric(id)) abort_argument("data$id", "a column of numbers", id, call)
  bad <- sum(is.na(id)) + sum(duplicated(id[!is.na(id)]))
  if (bad) {
    lcrisk_abort("input", "duplicate_id",
                 sprintf("`id` is missing or repeated in %s.", count_of(bad, "row")),
                 cure = "A score is kept under the loan's own number.", arg = "data",
                 n = bad, call = call)
  }
  as.double(id)
}

# The number of the batch, of the one that is there when there is one
add_scores <- function(con, fingerprint, hash, id, prob) {
  same <- read_table(con, "lcrisk_score_batches", sprintf(
    "fingerprint = %s AND data = %s", quote_text(con, fingerprint), quote_text(con, hash)
  ))
  if (nrow(same)) return(same[["batch"]][1L])
  batch <- next_number(con, "lcrisk_score_batches", "batch")
  n <- length(id)
  append_rows(con, "lcrisk_score_batches", list(
    batch = batch, fingerprint = fingerprint, data = hash, n = as.double(n),
    scored_at = now_text()
  ))
  append_rows(con, "lcrisk_scores",
              list(batch = rep(batch, n), row = seq_len(n), id = id, prob = prob))
  batch
}

#' @rdname lcrisk_save_scores
#' @export
lcrisk_load_scores <- function(store, model = NULL, ...) {
  check_call(...)
  check_store(store)
  if (!is.null(model)) model <- check_string(model)
  with_store(store, function(con) {
    if (is.null(model)) return(scores_of(con, NULL))
    fingerprint <- find_model(con, model, NULL)
    scores_of(con, sprintf(
      "batch IN (SELECT batch FROM lcrisk_score_batches WHERE fingerprint = %s)",
      quote_text(con, fingerprint)
    ))
  })
}

scores_of <- function(con, where) {
  scores <- read_table(con, "lcrisk_scores", where, c("batch", "row"))
  batches <- read_table(con, "lcrisk_score_batches")
  at <- match(scores[["batch"]], batches[["batch"]])
  set(scores, j = "fingerprint", value = batches[["fingerprint"]][at])
  set(scores, j = "scored_at", value = batches[["scored_at"]][at])
  setcolorder(scores, c("batch", "fingerprint", "scored_at", "row", "id", "prob"))
  scores[]
}
