# The examples of the help pages run, and leave nothing behind.

examples_of <- function(page) {
  file <- tempfile(fileext = ".R")
  on.exit(unlink(file))
  tools::Rd2ex(page, file)
  if (file.exists(file)) parse(file, keep.source = FALSE)
}

# As a user would, each visible value printed; NULL, or the message of the error
run_quietly <- function(code) {
  home <- new.env(parent = globalenv())
  grDevices::pdf(NULL)
  on.exit(grDevices::dev.off())
  error <- NULL
  utils::capture.output(tryCatch(
    for (line in code) {
      value <- withVisible(suppressWarnings(eval(line, home)))
      if (value$visible) print(value$value)
    },
    error = function(e) error <<- conditionMessage(e)
  ))
  error
}

test_that("every example runs", {
  pages <- tools::Rd_db("lcrisk")
  skip_if(!length(pages), "installed without help pages")
  old <- options(lcrisk.progress = FALSE)
  on.exit(options(old))
  ran <- 0L
  for (name in names(pages)) {
    code <- examples_of(pages[[name]])
    if (is.null(code)) next
    error <- run_quietly(code)
    expect(is.null(error), sprintf("%s: %s", name, error))
    ran <- ran + 1L
  }
  expect_gt(ran, 10L)
})
