# Learners that hold rows out to choose something (trees, a ridge, shares) must judge
# themselves on rows of the data, with none of their copies or synthetic relatives among
# the rows they learn from. Otherwise balancing fools the learner as it fools people: a
# boosted fit that is judged on synthetic rows never stops. `run$origin` tells fit_core():
#
#   first, second   for each row, the 0-based places of the two rows it lies between, both
#                   that of the original for a copy, -1 for a row that is not there; a row
#                   of the data has its own place twice
#   held_event      what a held-out event counts, so that rows of the data have the odds
#                   of the balanced ones
#
# NULL: all rows are rows of the data.

origin_of <- function(set) {
  own <- !duplicated(set$row) & is.na(set$to)
  if (all(own)) return(NULL)
  place <- function(row) match(row, ifelse(own, set$row, NA), nomatch = 0L) - 1L
  to <- ifelse(is.na(set$to), set$row, set$to)
  balanced <- event_share(set$y, set$weights)
  given <- event_share(set$y[own], set$weights[own])
  list(first = place(set$row), second = place(to),
       held_event = (balanced / (1 - balanced)) / (given / (1 - given)))
}

given_rows <- function(origin) {
  place <- seq_along(origin$first) - 1L
  which(origin$first == place & origin$second == place)
}

# The origin of some of the rows, in their own numbers
origin_rows <- function(origin, rows) {
  if (is.null(origin)) return(NULL)
  place <- function(old) match(old + 1L, rows, nomatch = 0L) - 1L
  origin$first <- place(origin$first[rows])
  origin$second <- place(origin$second[rows])
  origin
}

# Stratified folds of the rows of the data; rows made from a fold's are in neither part
inner_folds <- function(y, k, run) {
  origin <- run$origin
  if (is.null(origin)) return(stratified_folds(y, k, run))
  given <- given_rows(origin)
  folds <- stratified_folds(y[given], k, run)
  lapply(folds, function(fold) {
    test <- given[fold$test]
    related <- origin$first %in% (test - 1L) | origin$second %in% (test - 1L)
    list(train = which(!related), test = test)
  })
}

# The rows on which members are judged, and what each counts there
judged_rows <- function(y, weights, origin) {
  if (is.null(origin)) return(list(rows = seq_along(y), weights = weights))
  rows <- given_rows(origin)
  weights <- if (is.null(weights)) rep(1, length(rows)) else weights[rows]
  list(rows = rows, weights = ifelse(y[rows] == 1L, weights * origin$held_event, weights))
}
