# Back from balanced rows to the rows given.

check_calibrate <- function(calibrate, call = caller_env()) {
  check_choice(calibrate, c("auto", "none"), "calibrate", call)
}

# A model's first calibrator, in a list: from the odds of the event in the rows that were
# learned from to those in the rows given. NULL where nothing was balanced.
prior_shift <- function(calibrate, task, set) {
  learned <- event_share(set$y, set$weights)
  given <- event_share(task$y, task$weights)
  if (calibrate == "none" || learned == given) return(NULL)
  none <- list(log_odds = numeric(), y = integer(), event = task$event)
  calibrator <- learn_calibrator(none, "prior", learned, given)
  calibrator$in_training <- TRUE
  list(calibrator)
}
