# Builds the documentation's pages into build/site and fails when pkgdown warns.

options(pkgdown.internet = FALSE)
package <- pkgdown::as_pkgdown(".")
# the children of a vignette are parts of it, not articles
child <- grepl("/", package$vignettes$name, fixed = TRUE)
package$vignettes <- package$vignettes[!child, ]
warned <- character()
withCallingHandlers(
  pkgdown::build_site(package, preview = FALSE, install = FALSE, new_process = FALSE,
                      devel = FALSE),
  warning = function(w) {
    warned <<- c(warned, conditionMessage(w))
    invokeRestart("muffleWarning")
  }
)
pages <- list.files(file.path("build", "site"), "[.]html$", recursive = TRUE)
writeLines(warned)
cat(sprintf("%d pages in build/site, %d warnings\n", length(pages), length(warned)))
quit(status = as.integer(length(warned) > 0L))
