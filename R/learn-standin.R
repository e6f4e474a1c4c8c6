refuse_leaks_of <- function(data, features, y, outcome, call) invisible()
