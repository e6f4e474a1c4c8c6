# The drawing of applications for lcrisk_simulate(): values from quantile tables, tied
# to each other by normal scores (Cario and Nelson 1997, "normal to anything"). The
# tables of inst/simulate/ are summaries of the real loans, written by
# data-raw/simulate-parameters.R.

# The tables, read once a session
simulation_table <- function(which) {
  key <- paste0("simulate_", which)
  if (is.null(state[[key]])) {
    path <- system.file("simulate", paste0(which, ".csv"), package = "lcrisk",
                        mustWork = TRUE)
    state[[key]] <- fread(path, showProgress = FALSE)
  }
  state[[key]]
}

# Month of issue of every loan and whether it is a policy exception, in the order of the
# file: newest first, exceptions last.
plan_issues <- function(n, months, run) {
  years <- simulation_table("years")
  per_month <- years[["loans"]] / c(7, rep(12, nrow(years) - 1L))
  share <- per_month[year_row(months)]
  plan <- list(n = n, run = run, block = 0L)
  so_far <- cumsum(share) / sum(share)
  place <- findInterval(units(plan, "issue_d"), so_far) + 1L
  issued <- months[pmin(place, length(months))]
  exception <- units(plan, "exception") < years[["exceptions"]][year_row(issued)]
  order <- order(exception, -issued)
  newest_first <- order(order(-issued))
  plan$issued <- issued[order]
  plan$exception <- exception[order]
  plan$number <- n - newest_first[order]  # older loans have smaller numbers
  plan
}

year_row <- function(month) match(month %/% 12L, simulation_table("years")[["year"]])

# A block of the plan's loans on its way: `column` and `score` hold what is drawn so far
new_block <- function(plan, rows, block) {
  list2env(list(
    n = length(rows), run = plan$run, block = block, issued = plan$issued[rows],
    exception = plan$exception[rows], number = plan$number[rows],
    late = plan$issued[rows] >= 12L * 2012L, column = list(), score = list()
  ), parent = emptyenv())
}

# Uniform numbers of a stream of its own for each name and block: what is drawn does not
# depend on what else is.
units <- function(sim, name) {
  .Call(ffi_base_units, sim$n, sim$block * 2^31 + stream_number(name), sim$run)
}

normals <- function(sim, name) normal_at(units(sim, name), 1e-12)

# The normal score at the place `u` of a distribution, kept `edge` away from the ends
normal_at <- function(u, edge = 0.0005) stats::qnorm(pmin(pmax(u, edge), 1 - edge))

stream_number <- function(name) {
  hash <- 0
  for (code in utf8ToInt(name)) hash <- (hash * 31 + code) %% 2147483629
  hash
}

draw_applications <- function(sim) {
  quantiles <- simulation_table("quantiles")
  links <- simulation_table("links")
  leveled <- unique(simulation_table("levels")[["column"]])
  for (name in unique(c(links[["column"]], quantiles[["column"]]))) {
    mine <- links[["column"]] == name
    z <- linked_normal(sim, name, links[mine])
    if (name == "term") {
      draw_term(sim, z)
    } else if (name %in% leveled) {
      draw_level(sim, name, z)
    } else {
      draw_number(sim, name, z, quantiles[quantiles[["column"]] == name])
    }
  }
  draw_level(sim, "addr_state", normals(sim, "addr_state"))
  sim
}

# Weighted sum of the drivers' scores and noise: close to standard normal
linked_normal <- function(sim, name, links) {
  z <- normals(sim, name)
  if (!nrow(links)) return(z)
  z <- z * links[["noise"]][1L]
  for (i in seq_len(nrow(links))) {
    driver <- sim$score[[links[["driver"]][i]]]
    if (!is.null(driver)) z <- z + links[["weight"]][i] * driver
  }
  z
}

# Values of both eras; a table that one era lacks leaves its loans without a value
draw_number <- function(sim, name, z, tables) {
  value <- rep(NA_real_, sim$n)
  score <- rep(0, sim$n)
  u <- stats::pnorm(z)
  for (i in seq_len(nrow(tables))) {
    rows <- if (nrow(tables) == 1L && name %in% early_too) seq_len(sim$n)
    else which(sim$late == (tables[["era"]][i] == "late"))
    drawn <- from_quantiles(u[rows], tables[i])
    value[rows] <- drawn$value
    score[rows] <- drawn$score
  }
  sim$column[[name]] <- value
  sim$score[[name]] <- score
}

early_too <- "rank"

# The value at the place `u` of a distribution, missing lowest, and its normal score
from_quantiles <- function(u, table) {
  columns <- grep("^p[0-9.]+$", names(table), value = TRUE)
  prob <- as.double(sub("p", "", columns)) / 100
  value <- unlist(table[, columns, with = FALSE], use.names = FALSE)
  missing <- table[["missing"]]
  inner <- (u - missing) / (1 - missing)
  drawn <- stats::approx(prob, value, pmax(inner, 0))$y
  drawn <- round(round(drawn / table[["step"]]) * table[["step"]], 2)
  drawn[inner < 0] <- NA
  list(value = drawn, score = place_score(drawn, prob, value, missing))
}

place_score <- function(drawn, prob, value, missing) {
  flat <- length(unique(value)) < 2L
  place <- if (flat) {
    rep(0.5, length(drawn))
  } else {
    stats::approx(value, prob, drawn, rule = 2, ties = mean)$y
  }
  place <- missing + (1 - missing) * place
  place[is.na(drawn)] <- missing / 2
  normal_at(place)
}

draw_level <- function(sim, name, z) {
  levels <- simulation_table("levels")
  levels <- levels[levels[["column"]] == name]
  labels <- unique(levels[["level"]])
  code <- integer(sim$n)
  score <- double(sim$n)
  u <- stats::pnorm(z)
  for (era in c("early", "late")) {
    rows <- which(sim$late == (era == "late"))
    share <- levels[["share"]][levels[["era"]] == era]
    upper <- cumsum(share)
    code[rows] <- pmin(findInterval(u[rows], upper) + 1L, length(labels))
    score[rows] <- normal_at(upper - share / 2)[code[rows]]
  }
  sim$column[[name]] <- factor_of(code, labels)
  sim$score[[name]] <- score
}

# 60 months are offered from May 2010 on
draw_term <- function(sim, z) {
  long <- simulation_table("years")[["long"]][year_row(sim$issued)]
  long[sim$issued < 12L * 2010L + 4L] <- 0
  is_long <- stats::pnorm(z) > 1 - long
  sim$column$term <- fifelse(is_long, 60L, 36L)
  sim$score$term <- normal_at(fifelse(is_long, 1 - long / 2, (1 - long) / 2))
}

# What one column says about another
settle_applications <- function(sim) {
  x <- sim$column
  x$open_acc <- pmin(x$open_acc, x$total_acc)
  for (name in c("pub_rec_bankruptcies", "tax_liens")) {
    x[[name]] <- pmin(x[[name]], x$pub_rec)
  }
  x$mths_since_last_delinq <- fifelse(
    !is.na(x$delinq_2yrs) & x$delinq_2yrs > 0,
    fcoalesce(x$mths_since_last_delinq, 12) %% 24,
    fifelse(x$mths_since_last_delinq < 24, x$mths_since_last_delinq + 24,
            x$mths_since_last_delinq)
  )
  has_record <- !is.na(x$pub_rec) & x$pub_rec > 0
  x$mths_since_last_record <- fifelse(has_record, fcoalesce(x$mths_since_last_record, 90),
                                      NA_real_)
  # until October 2008 "never" is written as 0
  old <- sim$issued < 12L * 2008L + 9L
  for (name in c("mths_since_last_delinq", "mths_since_last_record")) {
    x[[name]] <- fifelse(old & is.na(x[[name]]), 0, x[[name]])
  }
  x$bc_open_to_buy <- pmin(x$bc_open_to_buy, x$total_bc_limit)
  for (name in c("num_bc_sats", "num_actv_bc_tl")) {
    x[[name]] <- pmin(x[[name]], x$num_bc_tl)
  }
  sim$column <- x
  sim
}
