# Models in a store, by fingerprint and by name.

#' Keep models in a store
#'
#' A registry: each model is there once, as the bytes that [lcrisk_save()] writes, under
#' its fingerprint; names such as `"champion"` point to one of them, and remember which
#' they pointed to before.
#'
#' @param store What [lcrisk_store()] returned.
#' @param model For saving, an `lcrisk_model` made by [lcrisk_train()]. For loading, the
#'   name of a model, or the first digits of its fingerprint (at least 8).
#' @param name NULL, or the name the model gets (text). The model that had it keeps its
#'   older versions of the name.
#' @param version NULL for the latest model of that name, or the number of a version.
#' @param ... Nothing else: an unknown argument is an error.
#' @return `lcrisk_save_model()`: a data.table of one row: `name`, `version` (NA without a
#'   name), `fingerprint`, `sha256` of the bytes, `added` (FALSE when it was there).
#'   `lcrisk_load_model()`: the `lcrisk_model`. `lcrisk_models()`: a data.table, one row
#'   per model and name: `name`, `version`, `fingerprint`, `learner`, `n` (training rows),
#'   `sha256`, `saved_at` and `named_at` (UTC, text).
#' @details
#' `name` gets a new version when it is given to another model than before; the same model
#' again changes nothing. Loading checks the SHA-256 and then everything that
#' [lcrisk_load()] checks: what others wrote into the database is never run.
#'
#' With SQL: `SELECT bytes FROM lcrisk_models` is the model file in base64.
#' @section Errors: `lcrisk_error_input` (`unknown_model`) for a name, version or
#'   fingerprint that is not there; `lcrisk_error_model` (`checksum`) when the bytes are
#'   not those that were saved; errors of [lcrisk_store()].
#' @examples
#' if (requireNamespace("RSQLite", quietly = TRUE)) {
#'   set.seed(1)
#'   data <- data.frame(income = runif(300, 20, 90))
#'   data$default <- runif(300) < plogis(2 - 0.06 * data$income)
#'   model <- lcrisk_train(default ~ income, data, learner = "logit", seed = 1)
#'   store <- lcrisk_store(tempfile(fileext = ".sqlite"))
#'   lcrisk_save_model(store, model, name = "champion")
#'   identical(predict(lcrisk_load_model(store, "champion"), data), predict(model, data))
#'   lcrisk_models(store)
#' }
#' @export
lcrisk_save_model <- function(store, model, name = NULL, ...) {
  check_call(...)
  check_store(store)
  check_model(model)
  if (!is.null(name)) name <- check_string(name)
  bytes <- model_bytes(model)
  with_store(store, function(con) {
    in_transaction(con, function() {
      added <- add_model(con, model, bytes)
      version <- if (is.null(name)) NA_integer_
      else name_model(con, name, model$fingerprint)
      data.table(
        name = name %||% NA_character_, version = version,
        fingerprint = model$fingerprint,
        sha256 = hexadecimal(.Call(ffi_model_digest, bytes)), added = added
      )
    })
  })
}

# TRUE when it was not there
add_model <- function(con, model, bytes) {
  same <- paste("fingerprint =", quote_text(con, model$fingerprint))
  if (nrow(read_table(con, "lcrisk_models", same))) return(FALSE)
  append_rows(con, "lcrisk_models", list(
    fingerprint = model$fingerprint, learner = model$learner$kind,
    n = as.double(model$n), saved_at = now_text(),
    sha256 = hexadecimal(.Call(ffi_model_digest, bytes)), bytes = base64(bytes)
  ))
  TRUE
}

name_model <- function(con, name, fingerprint) {
  versions <- read_table(con, "lcrisk_model_names",
                         paste("name =", quote_text(con, name)), "version")
  n <- nrow(versions)
  if (n && versions[["fingerprint"]][n] == fingerprint) return(versions[["version"]][n])
  version <- n + 1L
  append_rows(con, "lcrisk_model_names", list(
    name = name, version = version, fingerprint = fingerprint, named_at = now_text()
  ))
  version
}

#' @rdname lcrisk_save_model
#' @export
lcrisk_load_model <- function(store, model, version = NULL, ...) {
  check_call(...)
  check_store(store)
  model <- check_string(model)
  if (!is.null(version)) version <- check_count(version)
  with_store(store, function(con) {
    fingerprint <- find_model(con, model, version)
    saved <- read_table(con, "lcrisk_models",
                        paste("fingerprint =", quote_text(con, fingerprint)))
    bytes <- from_base64(saved[["bytes"]])
    if (!identical(hexadecimal(.Call(ffi_model_digest, bytes)), saved[["sha256"]])) {
      lcrisk_abort(
        "model", "checksum", sprintf("The bytes of `%s` are not those saved.", model),
        cure = "Save the model again from its file.", arg = "model"
      )
    }
    model_of_sections(.Call(ffi_model_open, bytes, 0))
  })
}

#' @rdname lcrisk_save_model
#' @export
lcrisk_models <- function(store, ...) {
  check_call(...)
  check_store(store)
  with_store(store, function(con) {
    types <- store_tables[["lcrisk_models"]]
    columns <- setdiff(names(types), "bytes")
    models <- ask_sql(con, "SELECT ", paste(columns, collapse = ", "),
                      " FROM lcrisk_models ORDER BY saved_at, fingerprint")
    for (name in columns) {
      set(models, j = name, value = from_sql(models[[name]], types[[name]]))
    }
    names <- read_table(con, "lcrisk_model_names", order = c("name", "version"))
    out <- merge(models, names, by = "fingerprint", all.x = TRUE, sort = FALSE)
    setcolorder(out, c("name", "version", "fingerprint", "learner", "n", "sha256",
                       "saved_at", "named_at"))
    setorderv(out, c("name", "version", "saved_at"), na.last = TRUE)[]
  })
}

# The fingerprint that a name (and version) or its own first digits stand for
find_model <- function(con, model, version, call = caller_env()) {
  names <- read_table(con, "lcrisk_model_names",
                      paste("name =", quote_text(con, model)), "version")
  if (nrow(names)) {
    version <- version %||% names[["version"]][nrow(names)]
    found <- names[["fingerprint"]][names[["version"]] == version]
    if (length(found)) return(found)
    abort_unknown_model(sprintf("`%s` has the versions 1 to %d, not %d.", model,
                                nrow(names), version), model, call)
  }
  if (is.null(version) && grepl("^[0-9a-f]{8,32}$", model)) {
    all <- ask_sql(con, "SELECT fingerprint FROM lcrisk_models")[["fingerprint"]]
    found <- all[startsWith(all, model)]
    if (length(found) == 1L) return(found)
  }
  abort_unknown_model(sprintf("The store has no model `%s`.", model), model, call)
}

abort_unknown_model <- function(message, model, call) {
  lcrisk_abort("input", "unknown_model", message,
               cure = "`lcrisk_models(store)` lists those that are there.", arg = "model",
               call = call)
}

from_base64 <- function(text) {
  alphabet <- utf8ToInt(paste(c(LETTERS, letters, 0:9, "+", "/"), collapse = ""))
  code <- utf8ToInt(text)
  n_filled <- sum(utils::tail(code, 2L) == utf8ToInt("="))
  value <- matrix(match(code, alphabet, nomatch = 1L) - 1L, 4L)
  bytes <- rbind(
    value[1L, ] * 4L + value[2L, ] %/% 16L,
    value[2L, ] %% 16L * 16L + value[3L, ] %/% 4L, value[3L, ] %% 4L * 64L + value[4L, ]
  )
  utils::head(as.raw(bytes), length(bytes) - n_filled)
}
