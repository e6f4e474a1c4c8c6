library(testthat)
library(lcrisk)

test_check("lcrisk")
