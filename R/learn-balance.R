# Balancing: a choice of method and settings, never data, like a learner. Applied to
# training rows only, by train_task(), so once for every fold of lcrisk_cv().

new_balance <- function(kind, params) {
  structure(
    list(kind = kind, params = params),
    class = c(paste0("lcrisk_", kind), "lcrisk_balance")
  )
}

balance_kinds <- c("smote", "undersample", "oversample", "weight", "clean")

#' Balance the classes of training rows
#'
#' Specifications for the argument `balance` of [lcrisk_train()], [lcrisk_cv()] and
#' [lcrisk_compare()], and for [lcrisk_balance()]. They are applied to training rows
#' only, anew inside every fold; rows that are judged are never touched.
#'
#' Balancing rarely improves the ranking of a good learner, and it moves probabilities
#' far from what is observed. [lcrisk_train()] moves them back (`calibrate = "auto"`), and
#' [lcrisk_compare()] shows both sides. Where the aim is to find more of the events, a
#' lower cut-off does it without inventing loans.
#'
#' @param ratio Rows of the smaller class wanted for each row of the larger one: one
#'   number above 0. 1 makes the classes equal.
#' @param k Neighbours in the smaller class between which new rows are placed (count).
#'   For `lcrisk_clean("enn")`: neighbours that vote; NULL for 3.
#' @param kind Where new rows start: at every row (`"plain"`), at rows near the border
#'   (`"borderline"`), or anywhere but nearer to the rows that are safe (`"safe"`).
#' @param around For `"borderline"` and `"safe"`: nearest rows of both classes that say
#'   how safe a row is (count).
#' @param nominal Names of number columns whose values are codes and no amounts, or NULL:
#'   they are treated as levels.
#' @param ... Nothing else: an unknown argument is an error.
#' @return A specification, class `lcrisk_balance`. `c(lcrisk_smote(),
#'   lcrisk_clean("enn"))` joins several, applied in that order.
#' @details
#' **`lcrisk_smote()`** (Chawla et al. 2002) adds rows between a row of the smaller class
#' and one, drawn at random, of its `k` nearest rows of that class. Every row is started
#' at equally often, give or take one.
#' * *Distance.* Numbers are divided by their standard deviation over the training rows.
#'   Where levels differ, the square of the median of the numbers' standard deviations
#'   in the smaller class is added (SMOTE-NC); with levels only, the distance counts the
#'   levels that differ. Where one of two values is missing, it counts as the mean
#'   and 1 is added; two missing values are equal. Neighbours are exact; of rows equally
#'   far, the first count.
#' * *Numbers* of a new row lie between those of its parents. Whole numbers stay whole,
#'   and a number of only two values keeps to them. Where one parent misses the value,
#'   the new row has what the nearer parent has, also when that is nothing.
#' * *Levels* are the most frequent among all `k` neighbours, missing being a level; of
#'   several, that of the row started at, or else of the nearest.
#' * *Derived features* of an `lcrisk_frame`, such as `loan_to_income`, are computed from
#'   the new row's own values, by the formulas of [lcrisk_features()].
#' * `"borderline"` starts where at least half, but not all, of the `around` nearest rows
#'   are of the larger class (borderline-SMOTE1, Han et al. 2005). `"safe"` never starts
#'   or ends where all are, and stays nearer to the parent with more rows of its own
#'   class around (Bunkhumpornpat et al. 2009).
#'
#' **`lcrisk_undersample()`** keeps all rows of the smaller class and of the larger one as
#' many, drawn at random, as `ratio` asks. **`lcrisk_oversample()`** repeats rows of the
#' smaller class, each equally often, give or take one. **`lcrisk_weight()`** changes no
#' rows: weights make the smaller class weigh `ratio` times the larger, with a mean of 1.
#'
#' **`lcrisk_clean()`** removes rows by their neighbours: `"enn"` those of which more than
#' half of the `k` nearest rows are of the other class (Wilson 1972), `"tomek"` those of
#' pairs of different class which are each other's nearest (Tomek 1976).
#'
#' Rows are counted, not weights; a new row has the weight of the row it starts from.
#' Results depend on the rows and the seed, never on threads.
#' @section Errors: `lcrisk_error_input`: a setting; from training, `k_too_large` when
#'   the smaller class has no more than `k` rows, `no_seeds` when no row is at the border,
#'   `unknown_feature`. `lcrisk_error_resource` (`too_many_rows`) for more than 2^31 - 1
#'   rows.
#' @section Warnings: `lcrisk_warning_data` (`already_balanced`) when the classes are as
#'   balanced as asked; the rows are then unchanged.
#' @references Bunkhumpornpat, Sinapiromsaran and Lursinsap (2009), Safe-level-SMOTE,
#'   *PAKDD*. Chawla, Bowyer, Hall and Kegelmeyer (2002), SMOTE: synthetic minority
#'   over-sampling technique, *Journal of Artificial Intelligence Research* 16. Han, Wang
#'   and Mao (2005), Borderline-SMOTE, *ICIC*. Tomek (1976), Two modifications of CNN,
#'   *IEEE Transactions on Systems, Man, and Cybernetics* 6. Wilson (1972), Asymptotic
#'   properties of nearest neighbor rules using edited data, *ibid.* 2.
#' @family balancing
#' @examples
#' lcrisk_smote(k = 5)
#' c(lcrisk_smote(ratio = 0.5), lcrisk_clean("tomek"))
#'
#' set.seed(1)
#' data <- data.frame(income = runif(300, 20, 90))
#' data$default <- runif(300) < plogis(1 - 0.06 * data$income)
#' lcrisk_train(default ~ income, data, learner = "logit", balance = "smote", seed = 1)
#' @export
lcrisk_smote <- function(ratio = 1, k = 5L, kind = "plain", around = 10L,
                         nominal = NULL, ...) {
  check_call(...)
  ratio <- check_ratio(ratio)
  k <- check_count(k)
  kind <- check_choice(kind, smote_kinds)
  around <- check_count(around)
  if (!is.null(nominal) && (!is.character(nominal) || anyNA(nominal))) {
    abort_argument("nominal", "NULL or names of columns", nominal, rlang::current_env())
  }
  new_balance("smote", list(ratio = ratio, k = k, kind = kind, around = around,
                            nominal = nominal))
}

# In the order of cr_smote_kind in src/core/near/smote.h
smote_kinds <- c("plain", "borderline", "safe")

#' @rdname lcrisk_smote
#' @export
lcrisk_undersample <- function(ratio = 1, ...) {
  check_call(...)
  new_balance("undersample", list(ratio = check_ratio(ratio)))
}

#' @rdname lcrisk_smote
#' @export
lcrisk_oversample <- function(ratio = 1, ...) {
  check_call(...)
  new_balance("oversample", list(ratio = check_ratio(ratio)))
}

#' @rdname lcrisk_smote
#' @export
lcrisk_weight <- function(ratio = 1, ...) {
  check_call(...)
  new_balance("weight", list(ratio = check_ratio(ratio)))
}

#' @rdname lcrisk_smote
#' @param method `"enn"` or `"tomek"`.
#' @param remove Rows that may go: of the `"larger"` class, or of `"both"`.
#' @export
lcrisk_clean <- function(method = "enn", k = NULL, remove = "larger", ...) {
  check_call(...)
  method <- check_choice(method, c("enn", "tomek"))
  if (method == "tomek" && !is.null(k)) {
    abort_argument("k", "NULL with `tomek`", k, rlang::current_env())
  }
  if (method == "enn") k <- check_count(k %||% 3L, arg = "k")
  remove <- check_choice(remove, c("larger", "both"))
  new_balance("clean", list(method = method, k = k, remove = remove))
}

check_ratio <- function(ratio, call = caller_env()) {
  ok <- is.numeric(ratio) && length(ratio) == 1L && is.finite(ratio) && ratio > 0
  if (!ok) abort_argument("ratio", "one number above 0", ratio, call)
  as.double(ratio)
}

# NULL, or a specification out of one or of the name of one
resolve_balance <- function(balance, arg = "balance", call = caller_env()) {
  if (is.null(balance) || inherits(balance, "lcrisk_balance")) return(balance)
  if (is.character(balance) && length(balance) == 1L && !is.na(balance)) {
    kind <- check_choice(sub("^lcrisk_", "", balance), balance_kinds, arg, call)
    return(get(paste0("lcrisk_", kind), envir = topenv(), inherits = FALSE)())
  }
  cure <- if (is.function(balance)) {
    "Call the function: `lcrisk_smote()`."
  } else if (is.list(balance)) {
    "Join several with c(): `c(lcrisk_smote(), lcrisk_clean())`."
  }
  lcrisk_abort(
    "input", "bad_argument",
    sprintf("`%s` must be NULL, `lcrisk_smote()` or its like, or a name of one, not %s.",
            arg, found(balance)),
    cure = cure, arg = arg, call = call
  )
}

#' Join and print specifications of balancing
#'
#' @param x,... Specifications such as [lcrisk_smote()]; `...` is not used by `format()`
#'   and `print()`.
#' @return `c()`: a specification that applies its parts in order. `format()`: character,
#'   one line per entry. `print()`: `x`, invisibly.
#' @examples
#' print(c(lcrisk_smote(), lcrisk_clean("enn")))
#' @name lcrisk_balance_spec
#' @keywords internal
NULL

#' @rdname lcrisk_balance_spec
#' @export
c.lcrisk_balance <- function(...) {
  parts <- lapply(list(...), resolve_balance)
  parts <- unlist(lapply(parts, balance_steps), recursive = FALSE)
  if (length(parts) == 1L) return(parts[[1L]])
  structure(
    list(kind = paste(vapply(parts, `[[`, "", "kind"), collapse = " + "), parts = parts),
    class = c("lcrisk_chain", "lcrisk_balance")
  )
}

# The single steps of a specification
balance_steps <- function(balance) {
  if (is.null(balance)) return(list())
  if (inherits(balance, "lcrisk_chain")) balance$parts else list(balance)
}

#' @rdname lcrisk_balance_spec
#' @export
format.lcrisk_balance <- function(x, ...) {
  steps <- balance_steps(x)
  c(
    sprintf("Balancing `%s`", x$kind), unlist(lapply(steps, settings_text)),
    "Use it in lcrisk_train(data, balance = ), or see lcrisk_balance()."
  )
}

#' @rdname lcrisk_balance_spec
#' @export
print.lcrisk_balance <- function(x, ...) {
  cat(format(x), sep = "\n")
  invisible(x)
}
