#' Neural network
#'
#' A learner specification: the average of several small neural networks on
#' standardised, piecewise-linear features, each stopped early on rows of its own. It
#' learns interactions that a logistic regression cannot, and starts from the additive
#' model that a logistic regression is.
#'
#' @param hidden Units of each hidden layer: one to four counts of at most 1,024.
#' @param restarts Networks that are averaged (count).
#' @param epochs Most passes over the training rows (count).
#' @param patience Passes without a better held-out log loss after which a network stops
#'   (count).
#' @param rate Step of Adam, in (0, 1].
#' @param decay Decay of the weights: each step takes `rate * decay` of them (number, at
#'   least 0).
#' @param dropout Share of the hidden units left out at each step, 0 to 0.9.
#' @param batch Rows of a step, 1 to 1,024.
#' @param held_out Share of the training rows that each network holds out to decide when
#'   to stop, above 0 and at most 0.5.
#' @param knots Knots of each number, 0 to 16: where its effect on a unit may bend.
#' @param bend How easily an effect bends, against how easily it is learned as a straight
#'   line (number, at least 0); 0 is straight.
#' @param tail,skewness As in [lcrisk_logit()].
#' @param ... Nothing else: an unknown argument is an error.
#' @return A learner for [lcrisk_train()], class `lcrisk_mlp`.
#' @section Errors: `lcrisk_error_input` when a setting is out of its range. From
#'   training: `lcrisk_error_resource` (`too_many_terms`) above 4,096 terms.
#' @details
#'   *Inputs.* A number is clamped, put on a log scale when skewed and standardised, as
#'   in [lcrisk_logit()]. Its effect on each unit of the first layer is piecewise linear
#'   between knots at its quantiles: a slope, and a step for each piece (Gorishniy et al.
#'   2022). A level has an effect of its own, and so has missing where training rows had
#'   any; otherwise missing is the mean, and an unseen level counts as missing.
#'
#'   *Network.* Units are \eqn{\max(0, \cdot)}. The log-odds are the last layer's sum plus
#'   an additive part that goes straight from the inputs to the output (Cheng et al.
#'   2016), so that units have only to learn what adding up cannot say. Networks'
#'   log-odds are averaged.
#'
#'   *Training.* Adam (Kingma and Ba 2015) with decoupled decay (Loshchilov and Hutter
#'   2019) on the mean weighted log loss of mini-batches. Each network draws its held-out
#'   rows, the same share of either outcome, its first weights, its batches and its
#'   dropout from the seed and its own number; it keeps the weights of the pass with the
#'   smallest held-out log loss. Whoever computes what, the bits are the same: floats are
#'   added in one order, and networks are what threads share.
#'
#'   `model$core$epochs` and `model$core$loss` have the passes and the held-out loss of
#'   each network.
#' @references Gorishniy, Y., Rubachev, I. and Babenko, A. (2022). On embeddings for
#'   numerical features in tabular deep learning. *NeurIPS*.
#'
#'   Cheng, H.-T. et al. (2016). Wide & deep learning for recommender systems. *DLRS*.
#'
#'   Kingma, D. P. and Ba, J. (2015). Adam: a method for stochastic optimization. *ICLR*.
#'
#'   Loshchilov, I. and Hutter, F. (2019). Decoupled weight decay regularization. *ICLR*.
#' @family learners
#' @examples
#' lcrisk_mlp(hidden = 16, restarts = 4)
#' @export
lcrisk_mlp <- function(hidden = 32L, restarts = 8L, epochs = 60L, patience = 8L,
                       rate = 0.003, decay = 0.1, dropout = 0.5, batch = 256L,
                       held_out = 0.15, knots = 8L, bend = 0.1, tail = 0.005,
                       skewness = 1.5, ...) {
  check_call(...)
  hidden <- check_hidden(hidden)
  restarts <- check_count(restarts)
  epochs <- check_count(epochs)
  patience <- check_count(patience)
  rate <- check_share(rate)
  decay <- check_number(decay, 0)
  dropout <- check_number(dropout, 0, 0.9)
  batch <- check_count(batch, 1L, 1024L)
  held_out <- check_held_out(held_out)
  knots <- check_count(knots, 0L, 16L)
  bend <- check_number(bend, 0)
  tail <- check_number(tail, 0, 0.25)
  if (!identical(skewness, Inf)) skewness <- check_number(skewness)
  new_learner("mlp", list(
    hidden = hidden, restarts = restarts, epochs = epochs, patience = patience,
    rate = rate, decay = decay, dropout = dropout, batch = batch, held_out = held_out,
    knots = knots, bend = bend, tail = tail, skewness = skewness
  ))
}

check_hidden <- function(hidden, call = caller_env()) {
  ok <- is.numeric(hidden) && length(hidden) %in% 1:4 && all(is.finite(hidden)) &&
    all(hidden == trunc(hidden) & hidden >= 1 & hidden <= 1024)
  if (!ok) {
    abort_argument("hidden", "one to four whole numbers from 1 to 1024", hidden, call)
  }
  as.integer(hidden)
}

check_held_out <- function(held_out, call = caller_env()) {
  ok <- is.numeric(held_out) && length(held_out) == 1L && is.finite(held_out) &&
    held_out > 0 && held_out <= 0.5
  if (!ok) {
    abort_argument("held_out", "one number above 0 and at most 0.5", held_out, call)
  }
  as.double(held_out)
}

# How easily the effects of levels and of missing are learned, against a number's line
LEVEL_SCALE <- 1.5
MISSING_SCALE <- 0.5

#' @exportS3Method
fit_core.lcrisk_mlp <- function(learner, x, y, weights, run) {
  settings <- c(learner$params, level = LEVEL_SCALE, missing = MISSING_SCALE)
  rows <- weighted_rows(x, y, weights)
  .Call(ffi_mlp_fit, rows$x, rows$y, rows$weights, settings, run)
}

#' @exportS3Method
predict_core.lcrisk_mlp <- function(learner, core, x, run) {
  .Call(ffi_mlp_score, x, core, run)
}
