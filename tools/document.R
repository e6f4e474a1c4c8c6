# Writes NAMESPACE and man/ from the comments in R/. Needs the package installed
# from this tree: `make doc` does both.
suppressMessages(roxygen2::roxygenise(load_code = roxygen2::load_installed))
