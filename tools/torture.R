# Calls every registered routine while R collects garbage at every allocation, and
# compares with the result without: an object that C forgot to protect shows. Runs the
# whole flow on a few loans; routines that the flow does not reach are named and fail.
# Ends with N passed, N failed, N skipped.

invisible(compiler::enableJIT(0))
suppressPackageStartupMessages(library(lcrisk))
namespace <- asNamespace("lcrisk")

called <- list()
tortured_call <- function(entry, ...) {
  force(list(...))
  name <- entry$name
  # what reads on in a file gives something else the second time
  once <- name %in% c("ffi_csv_open", "ffi_csv_read", "ffi_csv_column", "ffi_csv_close")
  want <- if (!once) .Call(entry, ...)
  gctorture2(1L)
  got <- tryCatch(.Call(entry, ...), finally = gctorture2(0L))
  same <- once || identical(got, want)
  called[[name]] <<- c(called[[name]], same)
  got
}

# The package's functions with `.Call` replaced
patch <- function(x) {
  if (is.name(x) && identical(x, as.name(".Call"))) return(quote(tortured_call))
  if (is.call(x) || is.pairlist(x)) {
    for (i in seq_along(x)) {
      if (!identical(x[[i]], quote(expr = ))) x[[i]] <- patch(x[[i]])
    }
  }
  x
}
uses_call <- function(f) ".Call" %in% all.names(body(f))
for (name in ls(namespace, all.names = TRUE)) {
  f <- get(name, namespace)
  if (!is.function(f) || !uses_call(f)) next
  body(f) <- patch(body(f))
  environment(f) <- new.env(parent = namespace)
  assign("tortured_call", tortured_call, environment(f))
  unlockBinding(name, namespace)
  assign(name, f, namespace)
  methods <- namespace[[".__S3MethodsTable__."]]
  if (exists(name, methods, inherits = FALSE)) assign(name, f, methods)
}

flow <- function() {
  path <- lcrisk_simulate(150, seed = 3, to = "2011-12", snapshot = "2018-12",
                          file = tempfile(fileext = ".csv"))
  loans <- lcrisk_read(path, threads = 2)
  small <- tempfile(fileext = ".csv")
  writeLines(c("id,loan_amnt,issue_d,unknown", "1,5000,Dec-2011,1.5"), small)
  lcrisk_read(small)
  frame <- lcrisk_features(lcrisk_outcome(loans))
  lcrisk_audit(frame)
  split <- lcrisk_split(frame, prop = 0.6, seed = 1)
  learners <- list(logit = lcrisk_logit(), boost = lcrisk_boost(trees = 5, folds = 2))
  lcrisk_compare(split$train, learners, test = split$test, seed = 1)
  boost <- lcrisk_boost(trees = 5, folds = 0, min_leaf = 5)
  model <- lcrisk_train(split$train, learner = boost, seed = 1)
  prob <- predict(model, split$test)
  forest <- lcrisk_forest(trees = 3)
  predict(lcrisk_train(split$train, learner = forest, seed = 1), split$test)
  y <- split$test$default
  lcrisk_evaluate(model, split$test)
  lcrisk_metrics(y, prob, weights = rep(1:2, length.out = length(y)))
  lcrisk_calibration(y, prob)
  lcrisk_roc(y, prob)
  lcrisk_roc_test(y, prob, rank(split$test$loan_amnt) / (length(y) + 1))
  file <- tempfile(fileext = ".html")
  lcrisk_save(model, file)
  lcrisk_load(file)
  lcrisk_page(model, file)
  bytes <- model_bytes(model)
  x <- model_columns(model, split$test)
  n <- nrow(split$test)
  fields <- length(inputs_of_model(model)$name)
  run <- new_run(0, 1L)
  tortured_call(ffi_model_link, bytes, x, run)
  tortured_call(ffi_model_prob, bytes, rep(1, n * fields), n, run)
  tortured_call(ffi_model_parse, bytes, 0L, c("1", "x", ""))
  tortured_call(ffi_base_processors)
}
# inside the namespace: what is attached are the functions before the patch
environment(flow) <- list2env(list(tortured_call = tortured_call), parent = namespace)
invisible(suppressWarnings(flow()))

routines <- names(getDLLRegisteredRoutines("lcrisk")$.Call)
missed <- setdiff(routines, names(called))
differ <- names(called)[!vapply(called, base::all, NA)]
if (length(missed)) cat("not reached:", missed, sep = "\n  ")
if (length(differ)) cat("another result under gctorture:", differ, sep = "\n  ")
n_failed <- length(missed) + length(differ)
cat(sprintf("%d passed, %d failed, 0 skipped\n", length(called) - length(differ),
            n_failed))
quit(status = as.integer(n_failed > 0L))
