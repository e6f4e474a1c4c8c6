test_that("the test learner keeps the learner contract", {
  expect_learner_contract(lcrisk_testlearner(), weights = "exact", row_order = TRUE)
})
