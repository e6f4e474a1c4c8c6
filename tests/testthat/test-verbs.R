# What all exported functions have in common, found by walking the exports: nobody needs
# to remember it when a verb is added.

verbs <- function() {
  names <- sort(getNamespaceExports("lcrisk"))
  stats::setNames(lapply(names, getExportedValue, ns = "lcrisk"), names)
}

# The error of calling a verb so; a message when there is none
error_of <- function(verb, arguments) {
  tryCatch(
    {
      do.call(verb, arguments)
      "no error"
    },
    error = function(e) e
  )
}

is_generic <- function(verb) "UseMethod" %in% all.names(body(verb))

test_that("an argument that no verb knows is an error of ours with a cure", {
  for (name in names(verbs())) {
    x <- if (is_generic(verbs()[[name]])) list(runif(20))
    error <- error_of(verbs()[[name]], c(x, list(no_such_argument = 1)))
    expect_s3_class(error, "lcrisk_error_input")
    # where `...` goes on to the data, what is missing comes first
    expect_true(error$code %in% c("unknown_argument", "missing_argument", "bad_argument"),
                info = name)
    expect_type(error$cure, "character")
  }
})

test_that("an abbreviated argument is an error, not another spelling", {
  data <- contract_rows(50L)
  model <- lcrisk_train(y ~ ., data, learner = lcrisk_testlearner(), seed = 1)
  cases <- list(
    quote(lcrisk_boost(tree = 3)), quote(lcrisk_logit(ridg = 1)),
    quote(lcrisk_auc(data$y, data$income, lev = 0.9)),
    quote(predict(model, data, typ = "class")), quote(predict(model, newd = data)),
    quote(lcrisk_cv(y ~ ., learn = "logit", data = data)),
    quote(lcrisk_compare(y ~ ., "logit", ref = "home", data = data)),
    quote(lcrisk_evaluate(model, data, lev = 0.9)), quote(lcrisk_schema(whi = "loans")),
    quote(lcrisk_split(data, prop = 0.5, out = "y")),
    quote(lcrisk_train(y ~ ., dat = data))
  )
  for (case in cases) {
    error <- expect_error(eval(case), class = "lcrisk_error_input")
    expect_identical(error$code, "unknown_argument", info = deparse(case))
    expect_type(error$cure, "character")
  }
  expect_identical(predict(model, data, "class"), predict(model, data, type = "class"))
})

test_that("an argument left out is named, with the call that was meant", {
  for (name in names(verbs())) {
    needed <- vapply(formals(verbs()[[name]]), identical, NA, quote(expr = ))
    needed <- setdiff(names(which(needed)), "...")
    if (!length(needed)) next
    error <- error_of(verbs()[[name]], list())
    expect_s3_class(error, "lcrisk_error_input")
    expect_type(error$cure, "character")
  }
  error <- expect_error(lcrisk_read(), class = "lcrisk_error_input")
  expect_identical(error$cure, "Call `lcrisk_read(path)`.")
  expect_error(predict(structure(list(), class = "lcrisk_model")),
               class = "lcrisk_error_input")
})
