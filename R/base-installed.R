# Packages that only some functions need are asked for when these are called.
check_installed <- function(package, call = caller_env()) {
  if (requireNamespace(package, quietly = TRUE)) return(invisible())
  lcrisk_abort(
    "input", "not_installed", sprintf("The package `%s` is not installed.", package),
    cure = sprintf("install.packages(\"%s\")", package), arg = "package", call = call
  )
}
