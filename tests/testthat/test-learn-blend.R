# Cheap members that differ: what the blend does is the same for any
quick_members <- function() {
  list("logit", trees = lcrisk_boost(trees = 30, rate = 0.2, folds = 0, min_leaf = 10))
}

test_that("lcrisk_blend() keeps the learner contract", {
  expect_learner_contract(lcrisk_blend(quick_members(), folds = 3), weights = "none")
})

test_that("settings out of range are refused by name", {
  refused <- list(
    quote(lcrisk_blend(learners = character())), quote(lcrisk_blend(learners = 3)),
    quote(lcrisk_blend(learners = list(lcrisk_logit))),
    quote(lcrisk_blend(learners = rep("logit", 65))), quote(lcrisk_blend(folds = 1)),
    quote(lcrisk_blend(folds = 2.5)), quote(lcrisk_blend(shrink = -1)),
    quote(lcrisk_blend(shrink = Inf))
  )
  for (call in refused) {
    error <- expect_error(eval(call), class = "lcrisk_error_input")
    expect_match(conditionMessage(error), names(call)[2L])
  }
})

test_that("members are named, printed, and may be blends themselves", {
  learner <- lcrisk_blend(list("logit", "logit", quick = lcrisk_boost(trees = 5)))
  expect_named(learner$params$learners, c("logit", "logit 1", "quick"))
  expect_match(format(learner)[2L], "logit + logit 1 + quick", fixed = TRUE)
  nested <- lcrisk_blend(list(lcrisk_blend(c("logit", "logit"), folds = 2)), folds = 2)
  model <- fit_contract(nested, contract_rows(300L))
  expect_true(all(is.finite(predict(model, contract_rows(20L, 5000L)))))
})

test_that("features that a member's settings name are looked for in the data", {
  learner <- lcrisk_blend(list("logit", lcrisk_boost(monotone = c(incme = -1))))
  expect_error(fit_contract(learner, contract_rows(200L)), "incme",
               class = "lcrisk_error_input")
})

# ---- what is combined, and how ---------------------------------------------------

# Remembers its rows: 9 where it has seen `score` and `income` before, else what a
# coin says. A row that it was trained on would give it away.
memory <- function() new_learner("memory", list())

registerS3method("fit_core", "lcrisk_memory", function(learner, x, y, weights, run) {
  list(seen = x$income)
}, envir = asNamespace("lcrisk"))
registerS3method("predict_core", "lcrisk_memory", function(learner, core, x, run) {
  ifelse(x$income %in% core$seen, 9, sin(1e4 * x$income))
}, envir = asNamespace("lcrisk"))

# Says the opposite of the truth: risk falls with income
registerS3method("fit_core", "lcrisk_contrary", function(learner, x, y, weights, run) {
  list()
}, envir = asNamespace("lcrisk"))
registerS3method("predict_core", "lcrisk_contrary", function(learner, core, x, run) {
  x$income / 10
}, envir = asNamespace("lcrisk"))

blend_core <- function(learner, data, weights = NULL) {
  learned <- learn_blueprint(data[names(data) != "y"])
  core <- fit_core(learner, learned$x, data$y, weights, new_run(seed = 3, threads = 1))
  list(core = core, x = learned$x)
}

test_that("shares come from rows that no member was trained on", {
  data <- contract_rows(600L)
  learner <- lcrisk_blend(list("logit", memory = memory()), shrink = 0)
  core <- blend_core(learner, data)$core
  expect_lt(core$share[["memory"]], 0.2)
  expect_gt(core$share[["logit"]], 0.7)
})

test_that("a blend is the sum of its shares of its members' mean log-odds", {
  data <- contract_rows(600L)
  learner <- lcrisk_blend(quick_members(), folds = 3)
  made <- blend_core(learner, data)
  run <- new_run(seed = 1)
  want <- made$core$intercept
  for (name in names(made$core$share)) {
    member <- learner$params$learners[[name]]
    each <- vapply(made$core$models[[name]], function(model) {
      predict_core(member, model, made$x, run)
    }, double(600L))
    expect_identical(ncol(each), 3L)
    want <- want + made$core$share[[name]] * rowMeans(each)
  }
  expect_equal(predict_core(learner, made$core, made$x, run), want, tolerance = 1e-14)
})

test_that("the shares minimise the penalised log loss over shares of at least 0", {
  set.seed(2)
  n <- 3000
  z <- list(a = rnorm(n) - 1, b = rnorm(n) - 1, c = rnorm(n))
  y <- as.integer(runif(n) < plogis(0.5 * z$a + 0.4 * z$b - 0.3 * z$c))
  for (shrink in c(0, 50)) {
    loss <- function(p) {
      eta <- p[4] + p[1] * z$a + p[2] * z$b + p[3] * z$c
      sum(log1p(exp(ifelse(y == 1, -eta, eta)))) + shrink / 2 * sum((p[1:3] - 1 / 3)^2)
    }
    slope <- function(p) {
      residual <- plogis(p[4] + p[1] * z$a + p[2] * z$b + p[3] * z$c) - y
      c(vapply(z, function(one) sum(residual * one), 0) + shrink * (p[1:3] - 1 / 3),
        sum(residual))
    }
    found <- .Call(ffi_mix_fit, z, y, NULL, shrink, new_run(seed = 1))
    want <- optim(c(1, 1, 1, 0) / 3, loss, slope, method = "L-BFGS-B",
                  lower = c(0, 0, 0, -Inf), control = list(factr = 10, maxit = 1000))
    expect_true(found$converged)
    expect_equal(c(found$share, found$intercept), want$par, tolerance = 1e-4)
    expect_lte(loss(c(found$share, found$intercept)), want$value + 1e-8)
    if (shrink == 0) expect_identical(found$share[3], 0)
  }
})

test_that("a member without a share is not kept", {
  data <- contract_rows(600L)
  contrary <- new_learner("contrary", list())
  learner <- lcrisk_blend(list("logit", wrong = contrary), folds = 3, shrink = 0)
  made <- blend_core(learner, data)
  expect_identical(made$core$share[["wrong"]], 0)
  expect_named(made$core$models, "logit")
  expect_true(all(is.finite(predict_core(learner, made$core, made$x, new_run(seed = 1)))))
})

# ---- what can go wrong -----------------------------------------------------------

test_that("a level or a value that only one fold has does no harm", {
  data <- contract_rows(300L)
  data$home[7] <- "BOAT"
  data$flag <- seq_len(300L) == 11L
  data$rare <- replace(rep(NA_real_, 300L), 12L, 4)
  model <- fit_contract(lcrisk_blend(quick_members(), folds = 3), data)
  expect_true(all(is.finite(predict(model, data, type = "link"))))
})

test_that("too few events for the folds, and what members warn of, are said", {
  data <- contract_rows(200L)
  data$y <- as.integer(seq_len(200L) <= 4L)
  expect_error(suppressWarnings(fit_contract(lcrisk_blend("logit"), data)),
               class = "lcrisk_error_input")

  data <- contract_rows(200L)
  data$y <- as.integer(data$income > 60)
  straight <- lcrisk_logit(ridge = 0, knots = 0)
  learner <- lcrisk_blend(list("logit", plain = straight))
  said <- gather_warnings(fit_contract(learner, data))
  code <- vapply(said$warnings, `[[`, "", "code")
  expect_identical(sum(code == "separation"), 1L)
  expect_match(conditionMessage(said$warnings[[which(code == "separation")]]), "`plain`")
})

test_that("progress rises from step to step and never past the end", {
  data <- contract_rows(20000L)
  learned <- learn_blueprint(data[names(data) != "y"])
  shown <- double()
  run <- list(threads = 1L, seed = 1, progress = function(done) shown <<- c(shown, done))
  fit_core(lcrisk_blend(quick_members(), folds = 3), learned$x, data$y, NULL, run)
  expect_false(is.unsorted(shown))
  expect_true(length(shown) > 0L && all(shown >= 0 & shown <= 1))
})
