# Fails when NAMESPACE or man/ differ from what roxygen2 writes, when an exported
# object has no help page, or when a page lacks a value or an example.

problems <- character()
root <- getwd()

# roxygen2 needs the package installed from this tree; `make lint` has done that.
tree <- file.path(tempdir(), "lcrisk")
dir.create(tree)
invisible(file.copy(c("DESCRIPTION", "NAMESPACE", "R", "man"), tree, recursive = TRUE))
.libPaths(c(file.path(root, "build", "lib"), .libPaths()))
suppressMessages(invisible(utils::capture.output(
  roxygen2::roxygenise(tree, load_code = roxygen2::load_installed)
)))
rd <- function(folder) list.files(folder, "[.]Rd$")
pages <- union(rd("man"), rd(file.path(tree, "man")))
for (file in c("NAMESPACE", file.path("man", pages))) {
  text <- function(at) if (file.exists(at)) readLines(at, warn = FALSE)
  if (!identical(text(file), text(file.path(tree, file)))) {
    problems <- c(problems, sprintf("%s is not up to date: run `make doc`", file))
  }
}

pages <- lapply(list.files("man", "[.]Rd$", full.names = TRUE), tools::parse_Rd)
tags <- function(page) vapply(page, attr, "", "Rd_tag")
aliases <- lapply(pages, function(page) {
  vapply(page[tags(page) == "\\alias"], function(x) as.character(x[[1L]]), "")
})
exports <- parseNamespaceFile("lcrisk", dirname(tree))$exports
for (export in exports) {
  page <- Filter(function(i) export %in% aliases[[i]], seq_along(pages))
  if (!length(page)) {
    problems <- c(problems, sprintf("%s is exported without a help page", export))
    next
  }
  absent <- setdiff(c("\\value", "\\examples"), tags(pages[[page]]))
  if (length(absent)) {
    problems <- c(problems, sprintf("?%s lacks %s", export, toString(absent)))
  }
}

# every page that is not internal stands in the index of the site
index <- readLines("_pkgdown.yml")
for (i in seq_along(pages)) {
  is_internal <- any(tags(pages[[i]]) == "\\keyword" &
                       vapply(pages[[i]], toString, "") == "internal")
  listed <- vapply(aliases[[i]], function(alias) {
    any(grepl(paste0("\\b", alias, "\\b"), index)) || grepl("^(plot|print)[.]", alias)
  }, NA)
  if (!is_internal && !any(listed)) {
    problems <- c(problems, sprintf("?%s is not in _pkgdown.yml", aliases[[i]][1L]))
  }
}

writeLines(problems)
quit(status = as.integer(length(problems) > 0L))
