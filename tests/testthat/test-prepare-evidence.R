test_that("cells are chosen without the outcome and hold every value", {
  x <- c(NA, Inf, 0, 0, 0, 2.5)
  expect_identical(as.integer(cells_of(x)), c(1L, 1L, 2L, 2L, 2L, 3L))
  wide <- c(rep(0, 500), NA, seq_len(1600))
  cells <- cells_of(wide)
  expect_identical(unique(cells[1:500]), 2L)
  expect_identical(which(cells == 1L), 501L)
  expect_false(is.unsorted(cells[-(1:501)]))
  expect_identical(attr(cells, "ascending"), 3L)
  expect_true(all(tabulate(cells)[-(1:2)] >= 49L))
  text <- c(rep("a", 30), rep("b", 12), letters[3:9], NA)
  expect_identical(tabulate(cells_of(text)), c(1L, 30L, 12L, 7L))
  expect_identical(as.integer(cells_of(rep(NA_real_, 3))), c(1L, 1L, 1L))
  expect_identical(cells_of(character(0)), integer(0))
})

test_that("groups are cells, runs of neighbours and all but the most common", {
  counts <- c(5, 100, 10, 20, 30, 40)  # missing, a frequent value, four that ascend
  groups <- cell_groups(counts, 3L)
  expect_identical(groups$from, c(1:6, 3:5, 3L, 2L))
  expect_identical(groups$to, c(1:6, 4:6, 6L, 0L))
  expect_identical(group_sums(counts, groups), c(counts, 30, 50, 70, 100, 105))
  expect_identical(cell_groups(counts, NULL)$from, c(1:6, 2L))
  x <- c(NA, 7, 7, 1, 2, 3, 4)
  cell <- c(1L, 2L, 2L, 3:6)
  expect_identical(cell_text(x, cell, c(3L, 5L)), "1 to 3")
  expect_identical(cell_text(x, cell, c(2L, 0L)), "not 7")
  expect_identical(cell_text(x, cell, c(1L, 0L)), "not missing")
})

test_that("bounds of the odds are the exact binomial ones", {
  found <- bound_odds(c(150, 40, 1000), c(150, 10, 0), base = 0.2)
  lower <- stats::binom.test(150, 150, alternative = "greater",
                             conf.level = 1 - 1e-6)$conf.int[1]
  expect_equal(found$lower[1], (lower / (1 - lower)) / 0.25, tolerance = 1e-9)
  expect_identical(found$upper[1], Inf)
  upper <- stats::binom.test(0, 1000, alternative = "less",
                             conf.level = 1 - 1e-6)$conf.int[2]
  expect_equal(found$upper[3], (upper / (1 - upper)) / 0.25, tolerance = 1e-6)
  expect_identical(found$lower[3], 0)
})

test_that("a column of noise scores one half however many levels it has", {
  set.seed(5)
  y <- as.integer(stats::runif(6000) < 0.15)
  noise <- as.character(sample(557, 6000, TRUE))
  found <- evidence_of(noise, y, rep_len(1:5, 6000))
  expect_equal(found$auc, 0.5, tolerance = 0.04)
  expect_lt(found$worst_odds, 2)

  # and the AUC of a real signal is that of its cells, by counting pairs
  signal <- sample(4, 6000, TRUE) + 2 * y * sample(0:1, 6000, TRUE)
  found <- evidence_of(signal, y, rep_len(1:5, 6000))
  rate <- tapply(y, signal, mean)[as.character(signal)]
  pairs <- outer(rate[y == 1], rate[y == 0], function(a, b) (a > b) + (a == b) / 2)
  expect_equal(found$auc, mean(pairs), tolerance = 0.02)
})

test_that("vintages have enough loans to show a shift", {
  date <- rep(14000 + 30 * 0:9, times = c(50, 500, 10, 10, 300, 90, 250, 199, 2, 80))
  groups <- vintage_groups(date)
  expect_identical(as.integer(tapply(groups, date, max)),
                   c(1L, 1L, 2L, 2L, 2L, 3L, 3L, 4L, 4L, 4L))
  expect_true(all(tabulate(groups) >= 200L))
  expect_null(vintage_groups(rep(14000, 5000)))
  expect_null(vintage_groups(14000 + 1:300))
})
