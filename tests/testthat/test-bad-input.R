# Input that cannot be used, from file to comparison: a condition of a known class, and
# for errors a cure. What single verbs refuse beyond this is in their own tests.

test_that("files that are no loan files are refused by class", {
  zipped <- function(names) {
    folder <- tempfile()
    for (name in file.path(folder, names)) {
      dir.create(dirname(name), recursive = TRUE, showWarnings = FALSE)
      writeLines("<x/>", name)
    }
    path <- paste0(folder, ".xlsx")
    old <- setwd(folder)
    on.exit(setwd(old))
    utils::zip(path, names, flags = "-r9Xq")
    path
  }
  old_excel <- as.raw(c(0xd0, 0xcf, 0x11, 0xe0, 0xa1, 0xb1, 0x1a, 0xe1, rep(0, 600)))
  cases <- list(
    list(file_of("%PDF-1.7\n..."), "parse wrong_type"),
    list(zipped(c("[Content_Types].xml", "xl/workbook.xml")), "parse wrong_type"),
    list(file_of(old_excel), "parse wrong_type"),
    list(file_of("<html><title>Error 404</title></html>"), "parse wrong_type"),
    list(file_of(raw()), "parse empty_file"),
    list(tempfile(), "io cannot_open"),
    list(tempdir(), "io is_directory")
  )
  for (case in cases) {
    expect_identical(outcome_of(case[[1L]]), case[[2L]])
    expect_type(try_read(case[[1L]])$value$cure, "character")
  }
})

test_that("a file that may not be read is an error of the system", {
  skip_on_os("windows")
  path <- file_of("id,loan_amnt\n1,2\n")
  Sys.chmod(path, "000")
  on.exit(Sys.chmod(path, "600"))
  skip_if(file.access(path, 4L) == 0L, "this user may read everything")
  expect_identical(outcome_of(path), "io cannot_open")
})

# A frame with every kind of trouble one can ask for
bad_frame <- function(n = 400L) {
  d <- contract_rows(n)
  roles <- stats::setNames(rep("feature", ncol(d)), names(d))
  roles[["y"]] <- "outcome"
  new_frame(as.list(d), roles)
}

test_that("frames without rows, of one class or with infinite values are refused", {
  frame <- bad_frame()
  good <- frame[y == 0L]
  infinite <- data.table::copy(frame)[3L, income := Inf]
  learner <- lcrisk_testlearner()
  model <- lcrisk_train(frame, learner = learner, seed = 1)
  train <- function(data) lcrisk_train(data, learner = learner, seed = 1)
  compare <- function(test) {
    lcrisk_compare(frame, list(learner), test = test, seed = 1, progress = FALSE)
  }
  expect_cases(list(
    case("ROW-01", "split", lcrisk_split(frame[0], prop = 0.5),
         "error input too_few_rows"),
    case("ROW-02", "folds", lcrisk_folds(frame[0]), "error input too_few_rows"),
    case("ROW-03", "audit", lcrisk_audit(frame[0]), "error input too_few_rows"),
    case("ROW-04", "train", train(frame[0]), "error input too_few_rows"),
    case("ROW-05", "evaluate", lcrisk_evaluate(model, frame[0]),
         "error input too_few_rows"),
    case("ROW-06", "compare", compare(frame[0]), "error input too_few_rows"),
    case("ROW-07", "predict", predict(model, frame[0]), "ok"),
    case("CLS-01", "split", lcrisk_split(good, prop = 0.5), "error input one_class"),
    case("CLS-02", "folds", lcrisk_folds(good), "error input one_class"),
    case("CLS-03", "audit", lcrisk_audit(good), "error input one_class"),
    case("CLS-04", "train", train(good), "error input one_class"),
    case("CLS-05", "evaluate", lcrisk_evaluate(model, good), "error input one_class"),
    case("CLS-06", "compare", compare(good), "error input one_class"),
    case("INF-01", "train", train(infinite), "error input infinite"),
    case("INF-02", "predict", predict(model, infinite), "error input infinite"),
    case("INF-03", "evaluate", lcrisk_evaluate(model, infinite), "error input infinite")
  ))
})

test_that("columns that say nothing are left out, one row and unseen levels are scored", {
  frame <- bad_frame()
  odd <- data.table::copy(frame)[, noise := NA_real_][, score := 7L]
  warning <- expect_warning(
    model <- lcrisk_train(odd, learner = lcrisk_testlearner(), seed = 1),
    class = "lcrisk_warning_data"
  )
  expect_setequal(warning$columns, c("noise", "score"))
  all <- predict(model, frame)
  expect_identical(predict(model, frame[5L]), all[5L])
  novel <- data.table::copy(frame)[5L, home := "BOAT"]
  expect_warning(prob <- predict(model, novel), class = "lcrisk_warning_schema")
  expect_identical(prob[-5L], all[-5L])
  expect_true(is.finite(prob[5L]))
})
