smote <- function(data, ..., seed = 5, threads = 1L) {
  lcrisk_balance(data$x, data$y, lcrisk_smote(...), seed = seed, threads = threads,
                 progress = FALSE)
}
synthetic <- function(found) found$origin$made == "synthetic"

# Mean and standard deviation as plain doubles, summed from the first row to the last
plain_moments <- function(v) {
  v <- as.double(v[!is.na(v)])
  largest <- max(abs(v), 0)
  if (largest == 0) return(c(0, 0))
  mean <- Reduce(`+`, v / largest) / length(v)
  c(mean * largest,
    sqrt(Reduce(`+`, (v / largest - mean)^2) / (length(v) - 1)) * largest)
}

# Every pair, by the written rule, to the last bit: numbers by their differences, column
# after column, then the levels; of equal distances the first rows.
brute_force <- function(x, rare, query, k) {
  is_level <- vapply(x, is.factor, NA)
  all <- vapply(x[!is_level], plain_moments, c(0, 0))
  here <- vapply(x[!is_level], function(v) plain_moments(v[rare])[2L], 0) / all[2L, ]
  expect_equal(unname(all[2L, ]),
               unname(vapply(x[!is_level], stats::sd, 0, na.rm = TRUE)))
  mismatch <- stats::median(here)^2
  vapply(query, function(q) {
    square <- numeric(nrow(x))
    for (j in seq_len(ncol(all))) {
      v <- as.double(x[!is_level][[j]])
      gain <- 1 / all[2L, j]
      apart <- ((v - v[q]) * gain)^2
      one <- is.na(v) != is.na(v[q])
      known <- if (is.na(v[q])) v else rep(v[q], length(v))
      apart[one] <- (((known - all[1L, j]) * gain)^2 + 1)[one]
      apart[is.na(v) & is.na(v[q])] <- 0
      square <- square + apart
    }
    differ <- numeric(nrow(x))
    for (level in x[is_level]) {
      code <- as.integer(level)
      code[is.na(code)] <- 0L
      differ <- differ + (code != code[q])
    }
    square <- square + differ * mismatch
    square[q] <- Inf
    order(square, seq_along(square))[seq_len(k)]
  }, integer(k))
}

test_that("neighbours are those of brute force, with ties and missing values", {
  data <- mixed(2000L, 300L)
  x <- data$x[c("count", "home", "gaps", "flag", "whole", "income")]
  x$flag <- as.integer(x$flag)
  for (columns in list(names(x), c("count", "whole"), c("count", "home", "gaps"))) {
    part <- x[columns]
    rare <- which(data$y == 1L)
    query <- seq(1L, 2000L, 7L)
    found <- .Call(ffi_knn_find, unname(as.list(part)), rare, 1:2000, query, 6L,
                   new_run(1, 2L))
    expect_true(identical(found$neighbour, brute_force(part, rare, query, 6L)))
    expect_false(anyNA(found$distance))
    expect_true(all(diff(found$distance) >= 0))
    one <- .Call(ffi_knn_find, unname(as.list(part)), rare, 1:2000, query, 6L,
                 new_run(1, 1L))
    expect_identical(one, found)
  }
})

test_that("every hostile case of resampling has its defined result", {
  few <- function(n) mixed(100L, n)
  with <- function(name, value, data = mixed()) {
    data$x[[name]] <- value
    data
  }
  balanced <- mixed(100L, 50L)
  three <- mixed()
  three$y <- rep_len(c("a", "b", "c"), 400)
  levels <- mixed()
  levels$x <- levels$x[c("home", "state")]
  still <- mixed()
  still$x <- data.frame(a = rep(1, 400), home = still$x$home)
  expect_cases(list(
    case("SMT-01", "no event", smote(few(0)), "error input one_class"),
    case("SMT-01", "one event", smote(few(1)), "error input k_too_large"),
    case("SMT-01", "k events", smote(few(5)), "error input k_too_large"),
    case("SMT-01", "k + 1 events", smote(few(6)), "ok"),
    case("SMT-02", "balanced already", smote(balanced), "warning data already_balanced"),
    case("SMT-02", "ratio below present", smote(mixed(), ratio = 0.1),
         "warning data already_balanced"),
    case("SMT-03", "ratio 0", lcrisk_smote(0), "error input bad_argument"),
    case("SMT-03", "ratio -1", lcrisk_smote(-1), "error input bad_argument"),
    case("SMT-03", "ratio NA", lcrisk_smote(NA), "error input bad_argument"),
    case("SMT-03", "ratio Inf", lcrisk_smote(Inf), "error input bad_argument"),
    case("SMT-03", "ratio 1e9", smote(mixed(), ratio = 1e9),
         "error resource too_many_rows"),
    case("SMT-04", "levels only", smote(levels), "ok"),
    case("SMT-05", "no spread", smote(still), "ok"),
    case("SMT-06", "nominal by a wrong name", smote(mixed(), nominal = "cuont"),
         "error input unknown_feature"),
    case("SMT-06", "nominal by number", lcrisk_smote(nominal = 2),
         "error input bad_argument"),
    case("SMT-07", "all missing in a row and a column",
         smote(with("gaps", NA_real_)), "ok"),
    case("SMT-08", "infinite", smote(with("income", c(Inf, 1:399))),
         "error input infinite"),
    case("SMT-10", "constant", smote(with("whole", 3)), "ok"),
    case("SMT-16", "three classes", smote(three), "error input not_binary"),
    case("SMT-16", "missing outcome",
         smote(list(x = mixed()$x, y = c(NA, mixed()$y[-1]))),
         "error input missing_outcome"),
    case("SMT-17", "names", smote(with("state", sprintf("loan %d", 1:400))),
         "error schema id_column"),
    case("SMT-17", "a list", smote(with("whole", I(as.list(1:400)))),
         "error schema bad_column"),
    case("SMT-18", "around too large", smote(few(20), kind = "safe", around = 100),
         "error input bad_argument"),
    case("TRN-28", "unknown kind", lcrisk_smote(kind = "safer"),
         "error input bad_choice"),
    case("TRN-28", "k of 0", lcrisk_smote(k = 0), "error input bad_argument"),
    case("TRN-28", "a list of steps",
         lcrisk_balance(mixed()$x, mixed()$y, list(lcrisk_smote())),
         "error input bad_argument"),
    case("TRN-28", "the function itself",
         lcrisk_balance(mixed()$x, mixed()$y, lcrisk_smote), "error input bad_argument"),
    case("TRN-28", "an unknown name", lcrisk_balance(mixed()$x, mixed()$y, "smoot"),
         "error input bad_choice"),
    case("TRN-28", "too few outcomes", lcrisk_balance(mixed()$x, 0:1),
         "error input bad_argument"),
    case("TRN-28", "no outcome", lcrisk_balance(mixed()$x), "error input bad_argument"),
    case("TRN-28", "k with tomek", lcrisk_clean("tomek", k = 3),
         "error input bad_argument")
  ))
})

test_that("the error of a minority too small says what to do", {
  error <- tryCatch(smote(mixed(100L, 3L)), error = identity)
  expect_match(conditionMessage(error), "`k` of at most 2")
  expect_identical(error$n, 3L)
})

test_that("SMT-12: given rows come first and unchanged, synthetic ones are marked", {
  data <- mixed()
  found <- smote(data)
  n <- nrow(data$x)
  expect_identical(found$x[seq_len(n), ], data$x)
  expect_identical(found$y[seq_len(n)], data$y)
  expect_identical(found$origin$row[seq_len(n)], seq_len(n))
  expect_true(all(found$origin$made[seq_len(n)] == "given"))
  new <- which(synthetic(found))
  expect_identical(new, seq(n + 1L, length(found$y)))
  expect_identical(sum(found$y == 1L), sum(found$y == 0L))
  parents <- c(found$origin$row[new], found$origin$neighbour[new])
  expect_true(all(data$y[parents] == 1L))
  expect_false(any(found$origin$row[new] == found$origin$neighbour[new]))
  used <- table(found$origin$row[new])
  expect_lte(diff(range(used)), 1)
  expect_identical(vapply(found$x, function(x) class(x)[1L], ""),
                   vapply(data$x, function(x) class(x)[1L], ""))
  expect_identical(levels(found$x$home), levels(data$x$home))
})

test_that("SMT-11 and 13: new values lie between their parents', whole where those are", {
  data <- mixed()
  found <- smote(data, ratio = 20)
  new <- found$x[synthetic(found), ]
  a <- data$x[found$origin$row[synthetic(found)], ]
  b <- data$x[found$origin$neighbour[synthetic(found)], ]
  gap <- found$origin$gap[synthetic(found)]
  for (name in c("income", "count", "whole", "since")) {
    low <- pmin(as.double(a[[name]]), as.double(b[[name]]))
    high <- pmax(as.double(a[[name]]), as.double(b[[name]]))
    value <- as.double(new[[name]])
    expect_true(all(value >= low & value <= high), info = name)
  }
  expect_equal(new$income, a$income + gap * (b$income - a$income))
  expect_identical(new$whole, trunc(new$whole))
  expect_identical(as.double(new$since), trunc(as.double(new$since)))
  expect_type(new$count, "integer")
  nearer <- ifelse(gap < 0.5, a$flag, b$flag)
  expect_identical(new$flag, nearer)
  one_missing <- is.na(a$gaps) != is.na(b$gaps)
  expect_true(any(one_missing))
  expect_identical(new$gaps[one_missing], ifelse(gap < 0.5, a$gaps, b$gaps)[one_missing])
  both <- is.na(a$gaps) & is.na(b$gaps)
  expect_true(all(is.na(new$gaps[both])) && !anyNA(new$gaps[!both & !one_missing]))
})

test_that("levels are voted by all k neighbours", {
  data <- mixed()
  data$x <- data$x[c("income", "count", "home")]
  found <- smote(data, k = 5)
  rare <- which(data$y == 1L)
  near <- .Call(ffi_knn_find, unname(as.list(data$x)), rare, rare, rare, 5L, new_run(1))
  home <- as.integer(data$x$home)
  home[is.na(home)] <- 0L
  want <- vapply(found$origin$row[synthetic(found)], function(row) {
    near <- home[near$neighbour[, match(row, rare)]]
    votes <- table(near)
    best <- as.integer(names(votes)[votes == max(votes)])
    if (home[row] %in% best) home[row] else near[near %in% best][1L]
  }, 0L)
  got <- as.integer(found$x$home[synthetic(found)])
  got[is.na(got)] <- 0L
  expect_identical(got, want)
})

test_that("codes named as nominal keep to values that occur", {
  data <- mixed()
  data$x$code <- c(10L, 25L, 90L)[1L + data$x$count %% 3L]
  found <- smote(data, nominal = "code")
  expect_type(found$x$code, "integer")
  expect_true(all(found$x$code %in% c(10L, 25L, 90L)))
  expect_false(all(smote(data)$x$code %in% c(10L, 25L, 90L)))
})

test_that("SMT-09: copies of one point give that point again, without gaps", {
  x <- data.frame(a = c(rep(1.1, 8), 1:40), b = factor(c(rep("u", 8), rep("v", 40))))
  found <- lcrisk_balance(x, rep(1:0, c(8, 40)), "smote", seed = 1)
  new <- found$x[synthetic(found), ]
  expect_true(all(new$a == 1.1) && all(new$b == "u"))
})

test_that("SMT-15: the seed decides, not the threads", {
  data <- mixed()
  for (kind in c("plain", "borderline", "safe")) {
    one <- smote(data, kind = kind)
    for (threads in c(2L, 8L)) {
      expect_identical(smote(data, kind = kind, threads = threads), one, info = kind)
    }
    expect_false(identical(smote(data, kind = kind, seed = 6), one))
  }
})

test_that("borderline and safe start where their papers say", {
  data <- mixed()
  data$x <- data$x[c("income", "count")]
  near <- .Call(ffi_knn_find, unname(as.list(data$x)), which(data$y == 1L), 1:400,
                which(data$y == 1L), 10L, new_run(1))$neighbour
  own <- colSums(matrix(data$y[near], 10))
  names(own) <- which(data$y == 1L)
  found <- smote(data, kind = "borderline", around = 10)
  started <- sort(unique(found$origin$row[synthetic(found)]))
  expect_identical(started, as.integer(names(own)[own > 0 & own <= 5]))

  found <- smote(data, kind = "safe", around = 10)
  at <- found$origin[synthetic(found)]
  here <- own[as.character(at$row)]
  there <- own[as.character(at$neighbour)]
  expect_false(any(here == 0 & there == 0))
  expect_true(all(at$gap[there == 0] == 0))
  farther <- here > there & there > 0
  expect_true(all(at$gap[farther] <= (there / here)[farther]))
  nearer <- here < there
  expect_true(all(at$gap[nearer] >= (1 - here / there)[nearer] - 1e-12))
  apart <- data.frame(x = c(1:10, 1001:1040))
  expect_error(lcrisk_balance(apart, rep(1:0, c(10, 40)),
                              lcrisk_smote(kind = "borderline"),
                              seed = 1), class = "lcrisk_error_input")
})

test_that("under-sampling, over-sampling and weights reach the ratio", {
  data <- mixed()
  apply_spec <- function(spec) lcrisk_balance(data$x, data$y, spec, seed = 3)
  under <- apply_spec(lcrisk_undersample(0.5))
  expect_identical(as.vector(table(under$y)), c(120L, 60L))
  expect_false(is.unsorted(under$origin$row, strictly = TRUE))
  expect_identical(under$x$income, data$x$income[under$origin$row])
  over <- apply_spec(lcrisk_oversample())
  expect_identical(as.vector(table(over$y)), c(340L, 340L))
  expect_identical(sum(over$origin$made == "copy"), 280L)
  expect_lte(diff(range(table(over$origin$row[data$y[over$origin$row] == 1L]))), 1)
  weight <- apply_spec(lcrisk_weight(0.5))
  expect_identical(weight$x, data$x)
  expect_equal(sum(weight$weights[data$y == 1L]) / sum(weight$weights[data$y == 0L]), 0.5)
  expect_equal(mean(weight$weights), 1)
  weighted <- lcrisk_balance(data$x, data$y, "smote",
                             weights = 1 + data$y + seq_len(400) / 400,
                             seed = 1)
  expect_identical(weighted$weights,
                   (1 + data$y + seq_len(400) / 400)[weighted$origin$row])
})

test_that("cleaning follows Wilson and Tomek", {
  data <- mixed(300L, 100L)
  x <- unname(as.list(data$x[c("income", "count")]))
  rare <- which(data$y == 1L)
  near <- .Call(ffi_knn_find, x, rare, 1:300, 1:300, 3L, new_run(1))$neighbour
  against <- colSums(matrix(data$y[near], 3) != rep(data$y, each = 3))
  clean <- function(...) {
    lcrisk_balance(data$x[c("income", "count")], data$y, lcrisk_clean(...),
                   seed = 1)$origin$row
  }
  expect_identical(clean("enn"), which(!(against >= 2 & data$y == 0L)))
  expect_identical(clean("enn", remove = "both"), which(against < 2))
  nearest <- near[1, ]
  linked <- nearest[nearest] == 1:300 & data$y != data$y[nearest]
  expect_true(any(linked))
  expect_identical(clean("tomek", remove = "both"), which(!linked))
  expect_identical(clean("tomek"), which(!(linked & data$y == 0L)))
  chain <- c(lcrisk_smote(), lcrisk_clean("enn"))
  both <- lcrisk_balance(data$x, data$y, chain, seed = 1)
  expect_lt(length(both$y), length(smote(data, seed = 1)$y))
  expect_output(print(chain), "smote \\+ clean")
})

test_that("derived features of a frame follow from the new loan's own values", {
  loans <- lcrisk_simulate(1500, seed = 3)
  frame <- lcrisk_features(lcrisk_outcome(loans))
  found <- lcrisk_balance(frame, spec = "smote", seed = 1)
  expect_false(any(c("id", "issue_d", "default") %in% names(found$x)))
  new <- found$x[synthetic(found)]
  income <- exp(new$log_income)
  expect_equal(new$loan_to_income, pmin(new$loan_amnt / income, 1))
  expect_equal(new$open_acc_ratio, pmin(new$open_acc / new$total_acc, 1))
  expect_identical(new$emp_missing, as.integer(is.na(new$emp_years)))
  expect_true(all(new$term %in% frame$term))
  # in plain columns they are only interpolated
  features <- names(found$x)
  plain <- lcrisk_balance(as.data.frame(frame)[features], frame$default, "smote",
                          seed = 1)
  at <- synthetic(plain)
  expect_false(isTRUE(all.equal(plain$x$loan_to_income[at],
                                plain$x$loan_amnt[at] / exp(plain$x$log_income[at]))))
})
