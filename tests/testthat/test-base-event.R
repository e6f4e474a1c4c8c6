test_that("the event is TRUE, 1 or the second level", {
  expect_identical(
    resolve_event(c(TRUE, FALSE)),
    list(y = c(1L, 0L), event = "TRUE", levels = c("FALSE", "TRUE"))
  )
  expect_identical(
    resolve_event(c(0, 1, 1)), list(y = c(0L, 1L, 1L), event = "1", levels = c("0", "1"))
  )
  expect_identical(resolve_event(c(0L, 1L, 1L)), resolve_event(c(0, 1, 1)))
  y <- factor(c("bad", "good", "bad"), levels = c("good", "bad"))
  expect_identical(
    resolve_event(y), list(y = c(1L, 0L, 1L), event = "bad", levels = c("good", "bad"))
  )
})

test_that("`event` overrules, as a value or as its text", {
  y <- factor(c("bad", "good", "bad"), levels = c("good", "bad"))
  expect_identical(resolve_event(y, "good")$y, c(0L, 1L, 0L))
  expect_identical(resolve_event(y, y[2L])$y, c(0L, 1L, 0L))
  expect_identical(resolve_event(y, "good")$levels, c("good", "bad"))
  expect_identical(resolve_event(c(0, 1), event = 0)$y, c(1L, 0L))
  expect_identical(resolve_event(c(0, 1), event = "0")$y, c(1L, 0L))
  expect_identical(resolve_event(c(TRUE, FALSE), event = FALSE)$y, c(0L, 1L))
  expect_identical(resolve_event(c("paid", "late"), event = "late")$y, c(0L, 1L))
})

test_that("levels that are not used do not count beyond two", {
  y <- factor(c("a", "c"), levels = c("a", "b", "c"))
  expect_identical(resolve_event(y)$levels, c("a", "c"))
})

test_that("one class is allowed only where asked", {
  expect_identical(resolve_event(c(1, 1), both = FALSE)$y, c(1L, 1L))
  expect_identical(resolve_event("late", event = "late", both = FALSE)$y, 1L)
  expect_identical(resolve_event("paid", event = "late", both = FALSE)$y, 0L)
  expect_identical(
    resolve_event("paid", event = "late", both = FALSE)$levels, c("paid", "late")
  )
})

test_that("what is not an outcome is refused by class and code", {
  refused <- list(
    list(NULL, NULL, "bad_argument"),
    list(list(1, 0), NULL, "bad_argument"),
    list(as.Date("2011-01-01") + 0:1, NULL, "bad_argument"),
    list(matrix(0:1), NULL, "bad_argument"),
    list(logical(), NULL, "too_few_rows"),
    list(c(TRUE, NA), NULL, "missing_outcome"),
    list(c(0, NaN, 1), NULL, "missing_outcome"),
    list(c(1, 2), NULL, "not_binary"),
    list(c(0, 1, Inf), NULL, "not_binary"),
    list(c("a", "b", "c"), "a", "not_binary"),
    list(factor(c("a", "b", "c")), NULL, "not_binary"),
    list(c("good", "bad"), NULL, "event_needed"),
    list(factor("good"), NULL, "event_needed"),
    list(c("good", "bad"), "ugly", "bad_event"),
    list(c(0, 1), 2, "bad_event"),
    list(c(0, 1), NA, "bad_argument"),
    list(c(0, 1), c(0, 1), "bad_argument"),
    list(c(0, 0), NULL, "one_class"),
    list(c(TRUE, TRUE), NULL, "one_class")
  )
  for (case in refused) {
    error <- expect_error(resolve_event(case[[1L]], case[[2L]]),
                          class = "lcrisk_error_input")
    expect_identical(error$code, case[[3L]])
  }
  error <- expect_error(resolve_event(c(1, NA, NA)), class = "lcrisk_error_input")
  expect_identical(error$n, 2L)
})
