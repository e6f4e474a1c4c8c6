test_that("loans without a status print, with nothing to say about the policy", {
  path <- tempfile(fileext = ".csv")
  writeLines(c("id,loan_amnt,issue_d", "1,5000,Dec-2011", "2,2500,Nov-2011"), path)
  lines <- format(lcrisk_read(path))
  expect_match(lines[1L], "2 loans", fixed = TRUE)
  expect_false(any(grepl("policy", lines)))
})
