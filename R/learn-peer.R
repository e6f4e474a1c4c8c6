#' Learners of other packages
#'
#' A learner specification that hands the work to another package, so that its numbers
#' can stand beside ours in [lcrisk_compare()]: same rows, same folds, same metrics. The
#' package must be installed.
#'
#' @param package `"glmnet"`, `"lightgbm"`, `"nnet"`, `"ranger"` or `"xgboost"`.
#' @param ... Settings of the package's own function, by name; they replace the defaults
#'   below.
#' @return A learner for [lcrisk_train()], class `lcrisk_<package>`. Its name alone does
#'   too: `lcrisk_compare(x, c("boost", "ranger"))`.
#' @section Errors: `lcrisk_error_input` (`not_installed`) when the package is not there;
#'   what the package itself raises, as `lcrisk_error_numeric` (`peer_failed`).
#' @details What is called, with which defaults:
#' * `glmnet`: `cv.glmnet()`, alpha 0 (ridge), five stratified folds, deviance,
#'   `lambda.min`;
#' * `lightgbm`: `lgb.train()`, objective binary, 300 rounds, learning_rate 0.05,
#'   num_leaves 15, min_data_in_leaf 40, deterministic;
#' * `nnet`: `nnet()`, size 6, decay 1, maxit 200;
#' * `ranger`: `ranger()`, probability forest, 500 trees, min.node.size 20;
#' * `xgboost`: `xgb.train()`, binary:logistic, 300 rounds, eta 0.05, max_depth 4,
#'   subsample 0.7.
#'
#' Columns are made fit for each: levels become indicators (`lightgbm` takes codes and
#' `ranger` factors), missing values become the training median with an indicator
#' (`lightgbm` and `xgboost` take them as they are), `nnet` gets standardised columns.
#' Random numbers come from R's generator, seeded from the seed of the call; the
#' generator's state is put back. The fitted object is kept as plain vectors or
#' as serialised bytes, so the model survives `saveRDS()`; reading it needs the package.
#' @family learners
#' @examples
#' if (requireNamespace("glmnet", quietly = TRUE)) lcrisk_peer("glmnet", alpha = 0.5)
#' @export
lcrisk_peer <- function(package, ...) {
  check_call()
  package <- check_choice(package, peer_packages)
  settings <- list(...)
  if (length(settings) && (is.null(names(settings)) || !all(nzchar(names(settings))))) {
    abort_argument("...", "settings by name", settings, rlang::current_env())
  }
  check_installed(package)
  new_learner(package, list(settings = settings))
}

peer_packages <- c("glmnet", "lightgbm", "nnet", "ranger", "xgboost")

# ---- what all share --------------------------------------------------------------

# The defaults with the user's settings in their place
peer_settings <- function(learner, ...) {
  utils::modifyList(list(...), learner$params$settings)
}

# Calls the package under R's generator, seeded, and plain options, and puts both back.
# What the package raises is an error of ours.
call_peer <- function(learner, run, expression) {
  check_installed(learner$kind)
  home <- globalenv()
  kept <- home[[".Random.seed"]]
  kind <- RNGkind()
  old <- options(OutDec = ".", scipen = 0, digits = 15)
  on.exit({
    options(old)
    suppressWarnings(do.call(RNGkind, as.list(kind)))
    if (is.null(kept)) rm(".Random.seed", envir = home)
    else home[[".Random.seed"]] <- kept
  })
  set.seed(run$seed %% 2147483647, "Mersenne-Twister", "Inversion", "Rejection")
  if (!is.null(run$progress)) run$progress(0)
  tryCatch(expression, error = function(error) {
    if (inherits(error, "lcrisk_error")) stop(error)
    lcrisk_abort(
      "numeric", "peer_failed",
      sprintf("`%s` failed: %s", learner$kind, conditionMessage(error)), call = NULL
    )
  })
}

peer_weights <- function(y, weights) weights %||% rep(1, length(y))

# Medians of the training rows, and which columns had missing values there
learn_filling <- function(x) {
  numbers <- x[!vapply(x, is.factor, NA)]
  median <- vapply(numbers, function(v) {
    known <- as.double(v[!is.na(v)])
    if (length(known)) stats::median(known) else 0
  }, 0)
  list(median = median, flagged = names(x)[vapply(x, anyNA, NA)])
}

# Columns without gaps: numbers filled, a flag for each column that had gaps, missing
# levels a level of their own
fill_columns <- function(filling, x) {
  flags <- lapply(x[filling$flagged], function(v) as.double(is.na(v)))
  if (length(flags)) names(flags) <- paste(filling$flagged, "missing")
  filled <- lapply(stats::setNames(nm = names(x)), function(name) {
    v <- x[[name]]
    if (is.factor(v)) {
      return(factor(ifelse(is.na(v), "(missing)", as.character(v)),
                    c("(missing)", levels(v))))
    }
    v <- as.double(v)
    v[is.na(v)] <- filling$median[[name]]
    v
  })
  c(filled, flags)
}

# A matrix with an indicator for each level
as_indicators <- function(x) {
  parts <- lapply(names(x), function(name) {
    v <- x[[name]]
    if (!is.factor(v)) return(matrix(as.double(v), dimnames = list(NULL, name)))
    out <- vapply(levels(v), function(l) as.double(v == l & !is.na(v)), double(length(v)))
    matrix(out, length(v), dimnames = list(NULL, paste(name, levels(v), sep = " = ")))
  })
  do.call(cbind, parts)
}

# Row by row in the order of the columns: the same bits however many rows there are
times <- function(x, coefficient) {
  total <- double(nrow(x))
  for (j in seq_len(ncol(x))) total <- total + x[, j] * coefficient[j]
  total
}

# Log-odds of probabilities that may be 0 or 1
peer_link <- function(prob) stats::qlogis(pmin(pmax(prob, 1e-6), 1 - 1e-6))

# ---- glmnet ----------------------------------------------------------------------

# The penalty is chosen on rows of the data alone, which balancing made others from
#' @exportS3Method
fit_core.lcrisk_glmnet <- function(learner, x, y, weights, run) {
  filling <- learn_filling(x)
  z <- as_indicators(fill_columns(filling, x))
  weights <- peer_weights(y, weights)
  given <- if (is.null(run$origin)) seq_along(y) else given_rows(run$origin)
  folds <- stratified_folds(y[given], 5L, run)
  fold <- integer(length(given))
  for (k in seq_along(folds)) fold[folds[[k]]$test] <- k
  call_peer(learner, run, {
    settings <- peer_settings(learner, alpha = 0, foldid = fold, family = "binomial",
                              type.measure = "deviance")
    fit <- do.call(glmnet::cv.glmnet, c(
      list(z[given, , drop = FALSE], y[given], weights = weights[given]), settings
    ))
    penalty <- fit$lambda.min
    if (length(given) < length(y)) {
      settings[c("foldid", "type.measure", "nfolds")] <- NULL
      settings$lambda <- fit$lambda
      fit <- do.call(glmnet::glmnet, c(list(z, y, weights = weights), settings))
    }
    beta <- as.vector(as.matrix(stats::coef(fit, s = penalty)))
    list(filling = filling, penalty = penalty, intercept = beta[1L],
         coefficient = beta[-1L])
  })
}

#' @exportS3Method
predict_core.lcrisk_glmnet <- function(learner, core, x, run) {
  core$intercept + times(as_indicators(fill_columns(core$filling, x)), core$coefficient)
}

# ---- nnet ------------------------------------------------------------------------

#' @exportS3Method
fit_core.lcrisk_nnet <- function(learner, x, y, weights, run) {
  filling <- learn_filling(x)
  z <- as_indicators(fill_columns(filling, x))
  centre <- colMeans(z)
  spread <- sqrt(colMeans(z^2) - centre^2)
  spread[!(spread > 1e-12)] <- 1
  settings <- peer_settings(learner, size = 6, decay = 1, maxit = 200, entropy = TRUE,
                            MaxNWts = 1e5, trace = FALSE)
  fit <- call_peer(learner, run, do.call(nnet::nnet, c(
    list(standardise(z, centre, spread), y, weights = peer_weights(y, weights)), settings
  )))
  list(filling = filling, centre = centre, spread = spread, hidden = fit$n[2L],
       weights = fit$wts)
}

standardise <- function(z, centre, spread) {
  for (j in seq_len(ncol(z))) z[, j] <- (z[, j] - centre[j]) / spread[j]
  z
}

# The network by hand, from its weights: hidden units first, each with its intercept
#' @exportS3Method
predict_core.lcrisk_nnet <- function(learner, core, x, run) {
  z <- as_indicators(fill_columns(core$filling, x))
  z <- standardise(z, core$centre, core$spread)
  p <- ncol(z)
  out <- core$weights[-seq_len(core$hidden * (p + 1L))]
  link <- rep(out[1L], nrow(z))
  for (h in seq_len(core$hidden)) {
    own <- core$weights[(h - 1L) * (p + 1L) + seq_len(p + 1L)]
    link <- link + out[h + 1L] * stats::plogis(own[1L] + times(z, own[-1L]))
  }
  skip <- out[-seq_len(core$hidden + 1L)]
  if (length(skip)) link <- link + times(z, skip)
  link
}

# ---- ranger ----------------------------------------------------------------------

#' @exportS3Method
fit_core.lcrisk_ranger <- function(learner, x, y, weights, run) {
  filling <- learn_filling(x)
  z <- setDF(fill_columns(filling, x))
  names(z) <- make.names(names(z), unique = TRUE)
  settings <- peer_settings(learner, num.trees = 500, min.node.size = 20,
                            num.threads = run$threads, seed = run$seed %% 2147483647,
                            case.weights = weights, probability = TRUE, verbose = FALSE)
  fit <- call_peer(learner, run, do.call(ranger::ranger, c(
    list(x = z, y = factor(y, 0:1)), settings
  )))
  fit$call <- NULL
  list(filling = filling, model = serialize(fit, NULL, version = 3L))
}

#' @exportS3Method
predict_core.lcrisk_ranger <- function(learner, core, x, run) {
  check_installed("ranger")
  z <- setDF(fill_columns(core$filling, x))
  names(z) <- make.names(names(z), unique = TRUE)
  fit <- unserialize(core$model)
  # without a seed it would draw one
  found <- stats::predict(fit, z, num.threads = run$threads, verbose = FALSE, seed = 1)
  peer_link(found$predictions[, "1"])
}

# A function of a package that is in no field of DESCRIPTION: neither of the two is among
# Debian's, so that a check that has all it names could not run there
peer_verb <- function(package, name) getExportedValue(package, name)

# ---- xgboost ---------------------------------------------------------------------

#' @exportS3Method
fit_core.lcrisk_xgboost <- function(learner, x, y, weights, run) {
  settings <- peer_settings(learner, nrounds = 300, objective = "binary:logistic",
                            eta = 0.05, max_depth = 4, subsample = 0.7,
                            nthread = run$threads)
  rounds <- settings$nrounds
  settings$nrounds <- NULL
  fit <- call_peer(learner, run, {
    data <- peer_verb("xgboost", "xgb.DMatrix")(as_indicators(x), label = y,
                                 weight = peer_weights(y, weights))
    train <- peer_verb("xgboost", "xgb.train")
    train(params = settings, data = data, nrounds = rounds, verbose = 0)
  })
  list(model = as.raw(peer_verb("xgboost", "xgb.save.raw")(fit)))
}

#' @exportS3Method
predict_core.lcrisk_xgboost <- function(learner, core, x, run) {
  check_installed("xgboost")
  load <- peer_verb("xgboost", "xgb.load.raw")
  # before version 2 the bytes gave a handle unless asked for a booster
  fit <- if ("as_booster" %in% names(formals(load))) load(core$model, as_booster = TRUE)
         else load(core$model)
  as.double(stats::predict(fit, peer_verb("xgboost", "xgb.DMatrix")(as_indicators(x)),
                           outputmargin = TRUE))
}

# ---- lightgbm --------------------------------------------------------------------

# Levels as codes from 0, missing as they are
as_codes <- function(x) {
  vapply(x, function(v) if (is.factor(v)) as.integer(v) - 1 else as.double(v),
         double(length(x[[1L]])))
}

#' @exportS3Method
fit_core.lcrisk_lightgbm <- function(learner, x, y, weights, run) {
  settings <- peer_settings(learner, nrounds = 300, objective = "binary",
                            learning_rate = 0.05, num_leaves = 15, min_data_in_leaf = 40,
                            deterministic = TRUE, force_row_wise = TRUE, verbose = -1,
                            seed = run$seed %% 2147483647, num_threads = run$threads)
  rounds <- settings$nrounds
  settings$nrounds <- NULL
  fit <- call_peer(learner, run, {
    levels <- which(vapply(x, is.factor, NA))
    data <- peer_verb("lightgbm", "lgb.Dataset")(
      matrix(as_codes(x), length(y), dimnames = list(NULL, names(x))), label = y,
      weight = peer_weights(y, weights),
      categorical_feature = if (length(levels)) names(x)[levels]
    )
    train <- peer_verb("lightgbm", "lgb.train")
    train(params = settings, data = data, nrounds = rounds, verbose = -1L)
  })
  # neither does the number of threads belong to a model
  list(model = sub("\n\\[num_threads: [0-9]+\\]", "", fit$save_model_to_string()))
}

#' @exportS3Method
predict_core.lcrisk_lightgbm <- function(learner, core, x, run) {
  check_installed("lightgbm")
  fit <- peer_verb("lightgbm", "lgb.load")(model_str = core$model)
  data <- matrix(as_codes(x), length(x[[1L]]), dimnames = list(NULL, names(x)))
  new <- utils::packageVersion("lightgbm") >= "4.0.0"
  as.double(if (new) stats::predict(fit, data, type = "raw")
            else stats::predict(fit, data, rawscore = TRUE))
}
