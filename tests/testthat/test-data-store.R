# What lcrisk_save_loans() and lcrisk_load_loans() promise, of an SQLite file and of a
# PostgreSQL database alike.

# the second part's footers are those of the whole
quietly_read <- function(...) suppressWarnings(lcrisk_read(...))

expect_same_back <- function(store) {
  old <- lcrisk_read(stored_files()[1L])
  made <- find_snapshot(old, NULL, needed = TRUE)$date
  receipt <- lcrisk_save_loans(store, stored_files()[1L])
  expect_identical(receipt$n, 600)
  expect_true(receipt$added)
  expect_identical(receipt$snapshot, made)
  back <- lcrisk_load_loans(store)
  expect_identical(back, old)
  expect_identical(lcrisk_ledger(back), lcrisk_ledger(old))
  expect_identical(import_of_table(back)$hash, import_of_table(old)$hash)
  some <- lcrisk_load_loans(store, select = c("sub_grade", "loan_amnt"))
  expect_identical(names(some), c("loan_amnt", "sub_grade"))
  expect_identical(some$sub_grade, old$sub_grade)

  # the same bytes under another name are not stored again
  copy <- file.path(tempdir(), "copy.csv")
  on.exit(unlink(copy))
  file.copy(stored_files()[1L], copy, overwrite = TRUE)
  again <- suppressWarnings(lcrisk_save_loans(store, c(copy, stored_files()[2L])))
  expect_identical(again$added, c(FALSE, TRUE))
  expect_identical(again$import, 1:2)
  both <- lcrisk_load_loans(store)
  expect_identical(both, quietly_read(stored_files()))
  error <- expect_error(lcrisk_save_loans(store, copy, snapshot = "2017-01"),
                        class = "lcrisk_error_input")
  expect_identical(error$code, "other_snapshot")

  # months, counted in the ledger
  part <- lcrisk_load_loans(store, issued = c("2009-06", "2010-03"), select = "issue_d")
  inside <- both$issue_d >= as.Date("2009-06-01") & both$issue_d <= as.Date("2010-03-31")
  expect_identical(part$issue_d, both$issue_d[inside])
  ledger <- lcrisk_ledger(part)
  expect_identical(ledger[step == "store"]$n, as.double(c(sum(!inside), sum(inside))))
  expect_identical(nrow(as.data.table(store)), 2L)
  expect_match(format(store)[2L], "1,000 rows in 2 imports, snapshots ")
}

expect_types_kept <- function(store) {
  loans <- awkward_loans()
  lcrisk_save_loans(store, loans, snapshot = "2012-01")
  expect_identical(lcrisk_load_loans(store), loans)
  # a second table: ids below zero go on, its own columns are added, levels are joined
  other <- awkward_loans()[4:8]
  data.table::set(other, j = "grade", value = factor(rep("B", 5)))
  data.table::set(other, j = "extra", value = 1:5)
  receipt <- lcrisk_save_loans(store, other, snapshot = "2012-01")
  back <- lcrisk_load_loans(store)
  expect_identical(back$id[back$id < 0], -c(1:3, 4:6) - 0)
  expect_identical(levels(back$grade), c("A", "B", "Z", "none"))
  expect_identical(back$extra, c(rep(NA, nrow(back) - 5L), 1:5))
  expect_identical(sum(lcrisk_ledger(back)[step == "store"]$n), 13)
}

# The same 300 loans in three states: 2012, 2014 and a corrected file of 2014
expect_snapshots <- function(store) {
  state <- function(snapshot, seed = 5) {
    lcrisk_simulate(300, seed = seed, to = "2011-06", snapshot = snapshot)
  }
  first <- state("2012-06")
  second <- state("2014-06")
  lcrisk_save_loans(store, second, snapshot = "2014-06")
  lcrisk_save_loans(store, first, snapshot = "2012-06")
  latest <- lcrisk_load_loans(store)
  expect_identical(as.character(latest$loan_status), as.character(second$loan_status))
  expect_identical(latest$total_pymnt, second$total_pymnt)
  ledger <- lcrisk_ledger(latest)
  expect_identical(ledger[reason == "another state of the loan is read"]$n, 300)
  then <- lcrisk_load_loans(store, snapshot = "2013-12")
  expect_identical(then, first)
  expect_false(identical(first$total_pymnt, second$total_pymnt))

  corrected <- data.table::copy(second)[1:10]
  data.table::set(corrected, j = "total_pymnt", value = 0)
  lcrisk_save_loans(store, corrected, snapshot = "2014-06")
  latest <- lcrisk_load_loans(store, select = c("id", "total_pymnt"))
  expect_identical(nrow(latest), 300L)
  expect_identical(latest$total_pymnt[match(corrected$id, latest$id)], rep(0, 10))
  expect_identical(sum(latest$total_pymnt), sum(second$total_pymnt[-(1:10)]))
  error <- expect_error(lcrisk_load_loans(store, snapshot = "2010-01"),
                        class = "lcrisk_error_input")
  expect_identical(error$code, "empty_store")
}

# From the file, through the store, to a model: the same model
expect_same_model <- function(store) {
  files <- stored_files()
  train <- function(loans) {
    frame <- lcrisk_features(lcrisk_outcome(loans))
    data.table::set(frame, j = "joint", value = NULL)  # constant before 2015
    lcrisk_train(frame, learner = lcrisk_boost(trees = 20, folds = 0), seed = 1)
  }
  suppressWarnings(lcrisk_save_loans(store, files))
  stored <- train(lcrisk_load_loans(store))
  raw <- train(quietly_read(files))
  expect_identical(model_hash(stored), model_hash(raw))
}

for (backend in c("SQLite", "PostgreSQL")) {
  new_store <- switch(
    backend, SQLite = sqlite_store,
    PostgreSQL = function(env = parent.frame()) {
      lcrisk_store(postgres_connection(env = env))
    }
  )
  test_that(paste(backend, "gives files back as they were read, once, and by month"), {
    expect_same_back(new_store())
  })
  test_that(paste(backend, "keeps every type, awkward text and names, and 17 digits"), {
    expect_types_kept(new_store())
  })
  test_that(paste(backend, "gives the latest state of a loan, or that of a month"), {
    expect_snapshots(new_store())
  })
  test_that(paste("loans out of", backend, "train the model that the raw file does"), {
    expect_same_model(new_store())
  })
}

test_that("several files are stored together or not at all", {
  store <- sqlite_store()
  bad <- lines_file("id,loan_amnt,issue_d", "1,5000,Dec-2011")
  loans <- data.table::copy(suppressWarnings(lcrisk_read(bad)))
  lcrisk_save_loans(store, data.table::set(loans, j = "extra", value = 1))
  clash <- lines_file("id,loan_amnt,issue_d,extra", "2,5000,Dec-2011,text")
  error <- expect_error(
    suppressWarnings(lcrisk_save_loans(store, c(stored_files()[1L], clash))),
    class = "lcrisk_error_schema"
  )
  expect_identical(error$code, "column_type")
  expect_identical(as.data.table(store)$source, "table")
  expect_identical(nrow(lcrisk_load_loans(store)), 1L)
})

test_that("rejected applications have a table of their own", {
  store <- sqlite_store()
  path <- lines_file(
    paste0("Amount Requested,Application Date,Loan Title,Risk_Score,",
           "Debt-To-Income Ratio,Zip Code,State"),
    "1000,2007-05-26,Wedding,693,10%,481xx,NM", "2000,2007-06-26,Car,,20%,010xx,MA"
  )
  rejected <- lcrisk_read(path)
  expect_s3_class(rejected, "lcrisk_rejected")
  lcrisk_save_loans(store, path)
  expect_identical(lcrisk_load_loans(store, kind = "rejected"), rejected)
  days <- c("2007-05-20", "2007-05-31")
  may <- lcrisk_load_loans(store, kind = "rejected", issued = days)
  expect_identical(may$amount_requested, 1000)
  expect_error(lcrisk_load_loans(store), class = "lcrisk_error_input")
})

test_that("what cannot be stored, loaded or opened is refused by class", {
  store <- sqlite_store()
  loans <- awkward_loans()
  with_column <- function(value) {
    data.table::set(data.table::copy(loans), j = "new", value = value)
  }
  expect_cases(list(
    case("empty", "nothing stored", lcrisk_load_loans(store), "error input empty_store"),
    case("type", "a column of times", lcrisk_save_loans(store, with_column(Sys.time())),
         "error schema column_type"),
    case("nan", "NaN", lcrisk_save_loans(store, with_column(NaN)),
         "error schema column_type"),
    case("list", "a column of lists", lcrisk_save_loans(store, with_column(list(1:2))),
         "error schema column_type"),
    case("plain", "a data frame", lcrisk_save_loans(store, data.frame(id = 1)),
         "error input bad_argument"),
    case("outcome", "after the outcome",
         lcrisk_save_loans(store, lcrisk_outcome(lcrisk_simulate(50, seed = 1),
                                                 rule = "resolved")),
         "error input bad_argument"),
    case("gone", "no file", lcrisk_save_loans(store, tempfile()), "error io cannot_open"),
    case("folder", "a folder", lcrisk_save_loans(store, tempdir()),
         "error io cannot_open"),
    case("month", "no month", lcrisk_save_loans(store, loans, snapshot = "soon"),
         "error input bad_argument"),
    case("store", "no store", lcrisk_load_loans("loans.sqlite"),
         "error input bad_argument"),
    case("number", "a number", lcrisk_store(3), "error input bad_argument"),
    case("memory", "no file", lcrisk_store(":memory:"), "error input bad_argument"),
    case("nowhere", "no such folder", lcrisk_store("/no/such/folder/x.sqlite"),
         "error io database"),
    case("no db", "not a database", lcrisk_store(lines_file(rep("text", 2000))),
         "error io database")
  ))
  lcrisk_save_loans(store, loans)
  expect_cases(list(
    case("select", "no such column", lcrisk_load_loans(store, select = "sub_grad"),
         "error schema missing_column"),
    case("issued 1", "one month", lcrisk_load_loans(store, issued = "2010-01"),
         "error input bad_argument"),
    case("issued 2", "turned", lcrisk_load_loans(store, issued = c("2011-01", "2010-01")),
         "error input bad_argument"),
    case("kind", "no such kind", lcrisk_load_loans(store, kind = "all"),
         "error input bad_choice")
  ))
})

test_that("a store of a newer version is refused", {
  store <- sqlite_store()
  con <- DBI::dbConnect(RSQLite::SQLite(), store$path)
  DBI::dbExecute(con, "UPDATE lcrisk_store SET value = 2 WHERE name = 'format'")
  DBI::dbDisconnect(con)
  error <- expect_error(lcrisk_store(store$path), class = "lcrisk_error_schema")
  expect_identical(error$code, "too_new")
})

test_that("the hash of a file is what everybody computes, in pieces above the limit", {
  path <- file_of("abc")
  expect_identical(file_sha256(path),
                   "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad")
  pieces <- c(.Call(ffi_model_digest, charToRaw("ab")),
              .Call(ffi_model_digest, charToRaw("c")))
  expect_identical(file_sha256(path, 2), hexadecimal(.Call(ffi_model_digest, pieces)))
  expect_identical(file_sha256(file_of("abcd"), 2), file_sha256(file_of("abcd"), 2))
  expect_identical(file_sha256(file_of(raw())),
                   "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855")
})

# A process that saves one table after the other and says after each that it is stored
writer <- function(connect, acknowledged) {
  c(
    connect, "store <- lcrisk_store(con)",
    "for (k in 1:1000) {",
    "  loans <- lcrisk_simulate(2000, seed = k, to = '2010-12', snapshot = '2018-12')",
    "  lcrisk_save_loans(store, loans)",
    sprintf("  cat(k, '\\n', file = '%s', append = TRUE)", acknowledged), "}"
  )
}

expect_nothing_lost <- function(connect, open, rounds) {
  skip_on_os("windows")
  for (round in seq_len(rounds)) {
    acknowledged <- tempfile()
    file.create(acknowledged)
    kill_after_writes(writer(connect, acknowledged), acknowledged,
                      writes = 1L, delay = (round - 1) / rounds * 0.3)
    store <- open()
    imports <- as.data.table(store)
    said <- scan(acknowledged, quiet = TRUE)
    # each that was acknowledged is there, at most one more, and none in part
    expect_gte(nrow(imports), length(said))
    wanted <- vapply(said, function(k) {
      import_of_table(lcrisk_simulate(2000, seed = k, to = "2010-12",
                                      snapshot = "2018-12"))$hash
    }, "")
    expect_true(all(wanted %in% imports$hash))
    loans <- lcrisk_load_loans(store, select = "id")
    ledger <- lcrisk_ledger(loans)
    expect_identical(sum(ledger[step == "read"]$n), 2000 * nrow(imports))
    stored <- with_store(store, function(con) {
      ask_sql(con, "SELECT import, COUNT(*) AS n FROM lcrisk_loans GROUP BY import")
    })
    expect_true(all(stored$n == 2000))
    expect_identical(sort(as.integer(stored$import)), imports$import)
  }
}

test_that("kill -9 of a writer to SQLite loses nothing acknowledged, tears nothing", {
  path <- sqlite_store()$path
  expect_nothing_lost(sprintf("con <- %s", deparse(path)), function() lcrisk_store(path),
                      rounds = 4L)
})

test_that("kill -9 of a writer to PostgreSQL loses nothing acknowledged either", {
  server <- local_postgres()
  con <- postgres_connection(server)
  expect_nothing_lost(postgres_code(server), function() lcrisk_store(con), rounds = 3L)
})
