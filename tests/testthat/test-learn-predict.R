train <- function(data = contract_rows(400L), ...) {
  lcrisk_train(y ~ ., data, learner = lcrisk_testlearner(), seed = 1, progress = FALSE,
               ...)
}

test_that("every hostile input to predict() has its defined result", {
  d <- contract_rows(20L)
  m <- train()
  with <- function(name, value) {
    d[[name]] <- value
    d
  }
  expect_cases(list(
    case("PRD-01", "no newdata", predict(m), "error input missing_argument"),
    case("PRD-01", "NULL", predict(m, NULL), "error input bad_argument"),
    case("PRD-01", "not a frame", predict(m, 1:3), "error input bad_argument"),
    case("PRD-01", "no rows", stopifnot(identical(predict(m, d[0, ]), numeric())), "ok"),
    case("PRD-04", "a column missing",
         predict(m, d[names(d) != "home"]), "error schema missing_column"),
    case("PRD-05", "columns too many", predict(m, cbind(d, extra = 1)), "ok"),
    case("PRD-06", "another order", predict(m, rev(d)), "ok"),
    case("PRD-07", "numbers as text",
         predict(m, with("score", as.character(d$score))), "ok"),
    case("PRD-07", "text that is no number",
         predict(m, with("score", "abc")), "error schema type_changed"),
    case("PRD-09", "unseen level",
         predict(m, with("home", "BOAT")), "warning schema unseen_levels"),
    case("PRD-10", "another case",
         predict(m, with("home", "rent")), "warning schema unseen_levels"),
    case("PRD-11", "all missing", predict(m, replace(d, TRUE, NA)), "ok"),
    case("PRD-12", "missing where training had none",
         predict(m, with("income", NA)), "ok"),
    case("PRD-13", "Inf", predict(m, with("income", Inf)), "error input infinite"),
    case("PRD-13", "1e308", predict(m, with("income", 1e308)), "ok"),
    case("PRD-15", "far out of range", predict(m, with("income", -5e6)), "ok"),
    case("PRD-19", "an unknown type",
         predict(m, d, type = "probability"), "error input bad_choice"),
    case("PRD-19", "types too many",
         predict(m, d, type = c("prob", "class")), "error input bad_choice"),
    case("PRD-20", "cut-off NA",
         predict(m, d, type = "class", cutoff = NA), "error input bad_argument"),
    case("PRD-20", "cut-off -1",
         predict(m, d, type = "class", cutoff = -1), "error input bad_argument"),
    case("PRD-20", "cut-off 2",
         predict(m, d, type = "class", cutoff = 2), "error input bad_argument"),
    case("TRN-28", "a misspelt argument",
         predict(m, d, tpye = "link"), "error input unknown_argument"),
    case("TRN-30", "threads 0", predict(m, d, threads = 0), "error input bad_argument"),
    case("TRN-19", "a list column",
         predict(m, with("income", I(as.list(1:20)))), "error schema bad_column"),
    case("TRN-22", "columns of one name",
         predict(m, stats::setNames(d, rep("a", 7))), "error schema duplicate_column")
  ))
})

test_that("all missing columns are named at once, and extra ones are no matter", {
  m <- train()
  error <- expect_error(predict(m, contract_rows(3L)["home"]),
                        class = "lcrisk_error_schema")
  expect_setequal(error$columns, c("income", "score", "purpose", "noise", "joint"))
})

test_that("class says the event from the cut-off on, link is log-odds", {
  m <- train()
  d <- contract_rows(50L, 5000L)
  prob <- predict(m, d)
  link <- predict(m, d, type = "link")
  expect_equal(prob, stats::plogis(link), tolerance = 1e-14)
  at <- sort(prob)[25]
  class <- predict(m, d, type = "class", cutoff = at)
  expect_identical(levels(class), c("0", "1"))
  expect_identical(class == "1", prob >= at)
  expect_identical(predict(m, d, type = "class") == "1", prob >= m$cutoff)
  expect_true(all(predict(m, d, type = "class", cutoff = 0) == "1"))
})

test_that("a row's prediction is its own, to the bit", {
  m <- train()
  d <- contract_rows(64L, 900L)
  prob <- predict(m, d)
  expect_identical(vapply(1:64, function(i) predict(m, d[i, ]), 0), prob)
  expect_identical(c(predict(m, d[1:7, ]), predict(m, d[8:64, ], threads = 8)), prob)
})

test_that("new data of every shape are the same rows", {
  m <- lcrisk_train(y ~ income + score, contract_rows(400L), seed = 1, progress = FALSE,
                    learner = lcrisk_testlearner())
  d <- contract_rows(30L)
  prob <- predict(m, d)
  expect_identical(predict(m, as.matrix(d[c("score", "income")])), prob)
  expect_identical(predict(m, data.table::as.data.table(d)), prob)
  tibble <- structure(d, class = c("tbl_df", "tbl", "data.frame"))
  expect_identical(predict(m, tibble), prob)
  before <- rlang::hash(d)
  predict(m, d)
  expect_identical(rlang::hash(d), before)
})

test_that("dates predict the same in every time zone", {
  d <- contract_rows(100L)
  d$since <- as.Date("2009-06-01") + (1:100) * 7
  m <- train(d)
  want <- predict(m, d)
  old <- Sys.getenv("TZ", unset = NA)
  on.exit(if (is.na(old)) Sys.unsetenv("TZ") else Sys.setenv(TZ = old))
  for (zone in c("UTC", "Pacific/Auckland", "America/Los_Angeles")) {
    Sys.setenv(TZ = zone)
    expect_identical(predict(m, d), want, info = zone)
    local <- d
    local$since <- as.POSIXct(paste(format(d$since, "%Y-%m-%d"), "00:30"))
    expect_identical(predict(m, local), want, info = zone)
  }
})

test_that("predictions do not depend on options()", {
  m <- train()
  d <- contract_rows(50L)
  d$score <- as.character(d$score + 0.5)
  want <- predict(m, d)
  old <- options(OutDec = ",", scipen = 9, digits = 2, warn = 2)
  on.exit(options(old))
  expect_identical(predict(m, d), want)
})

test_that("loans go through the features of the model's own training", {
  u <- as.data.frame(matrix(park_miller(6L * 400L, 3L), 400L))
  loans <- data.table::data.table(
    loan_amnt = round(1000 + 30000 * u[[1]]), term = ifelse(u[[2]] < 0.7, 36L, 60L),
    annual_inc = round(2e4 + 8e4 * u[[3]]), dti = 30 * u[[4]],
    int_rate = 6 + 15 * u[[5]], installment = 50 + 900 * u[[1]],
    addr_state = factor(c("CA", "NY", "TX")[1L + floor(3 * u[[6]])]),
    default = as.integer(u[[5]] + u[[4]] > 1.2)
  )
  data.table::setattr(loans, "class", c("lcrisk_loans", class(loans)))
  for (pricing in c("exclude", "include")) {
    frame <- lcrisk_features(loans, pricing, add = "addr_state")
    model <- lcrisk_train(frame, learner = lcrisk_testlearner(), seed = 1,
                          progress = FALSE, audit = FALSE)
    expect_identical(model$pricing, pricing)
    expect_true("addr_state" %in% model$blueprint$features)
    expect_identical("int_rate" %in% model$blueprint$features, pricing == "include")
    expect_identical(predict(model, loans), predict(model, frame))
    expect_identical(predict(model, loans[7:9]), predict(model, frame)[7:9])
  }
  expect_error(predict(model, loans[, !"addr_state"]), class = "lcrisk_error_schema")
  expect_error(lcrisk_train(loans), class = "lcrisk_error_input")
})
