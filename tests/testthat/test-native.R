# Two files, one truth: what R calls and what C registers must be the same list.

# Every `.Call(entry, ...)` in a function's body and defaults: entry name, arguments
calls_in <- function(expression) {
  found <- list()
  walk <- function(x) {
    if (is.call(x) && identical(x[[1L]], as.name(".Call"))) {
      dots <- any(vapply(as.list(x)[-1L], identical, NA, as.name("...")))
      found[[length(found) + 1L]] <<- list(
        entry = deparse(x[[2L]]), n = if (dots) NA_integer_ else length(x) - 2L
      )
    }
    if (!is.call(x) && !is.pairlist(x)) return()
    for (i in seq_along(x)) if (!identical(x[[i]], quote(expr = ))) walk(x[[i]])
  }
  walk(expression)
  found
}

all_calls <- function() {
  namespace <- asNamespace("lcrisk")
  functions <- Filter(is.function, mget(ls(namespace, all.names = TRUE), namespace))
  calls <- lapply(functions, function(f) c(calls_in(formals(f)), calls_in(body(f))))
  calls <- unlist(calls, recursive = FALSE)
  data.frame(
    entry = vapply(calls, `[[`, "", "entry"), n = vapply(calls, `[[`, 0L, "n"),
    row.names = NULL
  )
}

registered <- function() {
  routines <- getDLLRegisteredRoutines("lcrisk")
  expect_length(routines$.C, 0L)
  expect_length(routines$.Fortran, 0L)
  expect_length(routines$.External, 0L)
  routines <- routines$.Call
  data.frame(entry = names(routines),
             n = vapply(routines, `[[`, 0L, "numParameters"), row.names = NULL)
}

test_that("the walker finds calls in bodies, defaults and nested functions", {
  f <- function(x = .Call(ffi_one, 1)) {
    lapply(x[, 1], function(y) .Call(ffi_two, y, .Call(ffi_no)))
  }
  found <- c(calls_in(formals(f)), calls_in(body(f)))
  expect_identical(vapply(found, `[[`, "", "entry"), c("ffi_one", "ffi_two", "ffi_no"))
  expect_identical(vapply(found, `[[`, 0L, "n"), c(1L, 2L, 0L))
})

test_that("R calls exactly the registered routines, with their numbers of arguments", {
  calls <- unique(all_calls())
  table <- registered()
  expect_gt(nrow(table), 2L)
  expect_false(anyNA(calls$n))
  # tests alone use the scorer that works without R
  tested <- data.frame(entry = paste0("ffi_model_", c("link", "parse", "prob")),
                       n = c(3L, 3L, 4L))
  used <- unique(rbind(calls, tested))
  expect_identical(used[order(used$entry), "entry"], sort(table$entry))
  expect_identical(used$n, table$n[match(used$entry, table$entry)])
})

test_that("entries are named ffi_<module>_<verb>", {
  expect_match(registered()$entry, "^ffi_[a-z]+_[a-z_]+$")
})

test_that("nothing but the registration routine can be reached by name", {
  dll <- getLoadedDLLs()[["lcrisk"]]
  expect_false(is.loaded("ffi_base_log", PACKAGE = "no such package"))
  expect_error(getNativeSymbolInfo("cr_sort_order", dll))
})
