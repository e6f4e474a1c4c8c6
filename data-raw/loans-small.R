# Writes inst/extdata/loans-small.csv.gz, the simulated loans of examples and tests.
#
#   Rscript data-raw/loans-small.R      (with lcrisk installed)

lcrisk::lcrisk_simulate(
  2000, seed = 2011, file = "inst/extdata/loans-small.csv.gz", to = "2011-12",
  snapshot = "2018-12"
)
