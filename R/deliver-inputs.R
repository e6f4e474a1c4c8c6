# What people fill in to have a loan scored: the fields of an application, and how the
# model's columns follow from them. It goes into the model file (src/core/model/inputs.h
# describes what each part means), so that the scoring page and programs without R ask
# for the same things and compute the same bits.
#
# A model of lcrisk_features() asks for the columns of the loans; any other for its own
# columns.

inputs_of_model <- function(model) {
  features <- model$blueprint$features
  known <- if (is.null(model$pricing)) list() else feature_table(model$pricing)
  known <- known[intersect(features, names(known))]
  formulas <- stats::setNames(lapply(features, as.name), features)
  formulas[names(known)] <- lapply(known, `[[`, "formula")
  own <- setdiff(features, names(known))
  fields <- c(raw_fields(known), own_fields(model$blueprint, own))
  fields <- fields[order(names(fields), method = "radix")]
  fields <- add_typical(fields, formulas, model$blueprint)
  c(list_fields(fields), compile_formulas(formulas, fields, model$blueprint),
    list(bands = band_factors * model$base_rate))
}

# Where the bands very low, low, medium, high, very high begin, as multiples of the event
# rate in training
band_factors <- c(0.5, 0.8, 1.25, 2)

# ---- fields --------------------------------------------------------------------

new_field <- function(name, type, levels = character(), otherwise = 0L, alias = integer(),
                      label = plain_label(name), group = "Application", unit = "",
                      help = "", min = NaN, max = NaN, place = 999L) {
  list(name = name, type = type, levels = levels, otherwise = otherwise, alias = alias,
       label = label, group = group, unit = unit, help = help, min = min, max = max,
       place = place, low = NaN, high = NaN, typical = NaN, map = NULL)
}

plain_label <- function(name) {
  text <- gsub("[._]+", " ", name)
  paste0(toupper(substr(text, 1L, 1L)), substr(text, 2L, nchar(text)))
}

# Levels of the loans' columns as features know them, what other text counts as (0:
# missing), and spellings that mean a level. The functions of prepare-measures.R say
# the same; the tests hold one against the other.
raw_levels <- function(name) {
  switch(
    name,
    purpose = list(levels = purposes, otherwise = match("other", purposes)),
    home_ownership = list(levels = c("MORTGAGE", "OWN", "RENT", "OTHER"), otherwise = 4L),
    application_type = list(
      levels = c("Individual", "Joint App"), otherwise = 1L,
      alias = c("JOINT" = 2L, "Joint" = 2L, "joint" = 2L)
    ),
    sub_grade = list(levels = paste0(rep(LETTERS[1:7], each = 5L), 1:5), otherwise = 0L)
  )
}

# The columns of the loans that these features of lcrisk_features() read
raw_fields <- function(known) {
  needs <- unique(unlist(lapply(known, `[[`, "needs")))
  if (is.null(needs)) return(list())
  schema <- lcrisk_schema()
  form <- schema_table("form")
  fields <- lapply(needs, function(name) {
    at <- match(name, schema[["name"]])
    about <- lapply(schema, `[`, at)
    shown <- match(name, form[["name"]])
    words <- raw_levels(name)
    group <- if (is.na(shown)) raw_group(name) else form[["group"]][shown]
    new_field(
      name, about[["type"]], levels = words$levels %||% character(),
      otherwise = words$otherwise %||% 0L, alias = words$alias %||% integer(),
      label = if (is.na(shown)) plain_label(name) else form[["label"]][shown],
      group = group, unit = blank_na(about[["unit"]]),
      help = blank_na(about[["description"]]),
      min = as.double(about[["min"]] %||% NaN), max = as.double(about[["max"]] %||% NaN),
      place = if (is.na(shown)) 500L else shown
    )
  })
  stats::setNames(fields, needs)
}

raw_group <- function(name) {
  if (grepl("^sec_app|_joint$", name)) "Second applicant" else "Further credit file"
}

blank_na <- function(x) if (length(x) != 1L || is.na(x)) "" else x

# Columns of the model that are fields themselves
own_fields <- function(blueprint, names) {
  fields <- lapply(names, function(name) {
    levels <- blueprint$levels[[name]]
    switch(
      blueprint$kind[[name]],
      number = new_field(name, "number"),
      date = new_field(name, "date", help = "A date such as 2011-12-31."),
      flag = new_field(
        name, "level", c("FALSE", "TRUE"), -1L,
        c("false" = 1L, "0" = 1L, "true" = 2L, "1" = 2L)
      ),
      new_field(name, "level", levels)
    )
  })
  stats::setNames(fields, names)
}

# ---- typical values ------------------------------------------------------------

# Where a formula can be read backwards, the ranges of its feature are those of the field
add_typical <- function(fields, formulas, blueprint) {
  for (feature in names(formulas)) {
    back <- field_behind(formulas[[feature]])
    for (name in names(back)) {
      if (is.null(fields[[name]]) || is.finite(fields[[name]]$typical)) next
      fields[[name]] <- add_range(fields[[name]], feature, back[[name]], blueprint)
    }
  }
  if (!is.null(fields$issue_d)) fields$issue_d$typical <- 0
  # where all loans had the same term, it is no feature, but instalments need it
  if (is.nan(fields$term$typical %||% 0)) fields$term$typical <- 36
  fields
}

add_range <- function(field, feature, back, blueprint) {
  typical <- blueprint$range$typical[[feature]]
  if (length(field$levels)) {
    labels <- blueprint$levels[[feature]]
    code <- if (is.null(labels)) typical + 1 else match(labels[typical], field$levels)
    field$typical <- as.double(code)
    return(field)
  }
  field$typical <- signif(back(typical), 3L)
  ends <- back(c(blueprint$range$low[[feature]], blueprint$range$high[[feature]]))
  field$low <- signif(min(ends), 4L)
  field$high <- signif(max(ends), 4L)
  field
}

# By field, how its value follows from the feature's: a list of functions. Months count
# back from the month of the application.
field_behind <- function(formula) {
  one <- function(name, f) stats::setNames(list(f), name)
  if (is.name(formula)) return(one(as.character(formula), identity))
  inner <- formula[[2L]]
  what <- as.character(formula[[1L]])
  if (what == "/" && identical(formula[[3L]], 2) && is.call(inner)) {  # (low + high) / 2
    ends <- all.vars(inner)
    return(list2(ends, function(x) x - 2, function(x) x + 2))
  }
  if (!is.name(inner)) return(list())
  switch(
    what,
    pmin = , in_range = , known_purpose = , known_home = , is_joint = , grade_rank =
      one(as.character(inner), identity),
    log_positive = one(as.character(inner), exp),
    log_plus = one(as.character(inner), expm1),
    months_between = one(as.character(inner), function(x) -x),
    list()
  )
}

list2 <- function(names, first, second) stats::setNames(list(first, second), names)

# ---- the section ---------------------------------------------------------------

# Upper ends of score bands are 4 points above the lower ends: a form asks for one of them
follows <- c(fico_range_high = "fico_range_low",
             sec_app_fico_range_high = "sec_app_fico_range_low")

list_fields <- function(fields) {
  text <- function(part) vapply(fields, `[[`, "", part, USE.NAMES = FALSE)
  number <- function(part) {
    vapply(fields, function(f) as.double(f[[part]]), 0, USE.NAMES = FALSE)
  }
  aliases <- lapply(fields, `[[`, "alias")
  list(
    name = text("name"), type = text("type"), label = text("label"),
    group = text("group"), unit = text("unit"), help = text("help"),
    place = as.integer(number("place")), min = number("min"), max = number("max"),
    low = number("low"), high = number("high"), typical = number("typical"),
    levels = lapply(unname(fields), `[[`, "levels"),
    otherwise = as.integer(number("otherwise")),
    follows = match(follows[names(fields)], names(fields), nomatch = 0L) - 1L,
    by = ifelse(names(fields) %in% names(follows), 4, 0),
    alias = as.character(unlist(lapply(aliases, names))),
    alias_field = rep(seq_along(fields) - 1L, lengths(aliases)),
    alias_code = as.integer(unlist(aliases))
  )
}

# ---- formulas ------------------------------------------------------------------

# The operations in the order of cr_op in src/core/model/formula.h
formula_ops <- c(
  "load", "number", "+", "-", "*", "/", "pmin", "in_range", "is_missing", "ratio",
  "log_positive", "log_plus", "annuity", "months_between", "never_zero", "recency", "map"
)

compile_formulas <- function(formulas, fields, blueprint) {
  to <- new.env(parent = emptyenv())
  to$step <- character()
  to$argument <- integer()
  to$number <- double()
  to$maps <- list()
  start <- 0L
  for (feature in names(formulas)) {
    compile(formulas[[feature]], to, names(fields))
    finish_feature(feature, formulas[[feature]], to, fields, blueprint)
    start <- c(start, length(to$step))
  }
  list(start = start, op = match(to$step, formula_ops) - 1L, argument = to$argument,
       number = to$number, map_start = c(0L, as.integer(cumsum(lengths(to$maps)))),
       map = as.integer(unlist(to$maps)))
}

add_step <- function(to, op, argument = 0L) {
  to$step <- c(to$step, op)
  to$argument <- c(to$argument, as.integer(argument))
}

# Words of prepare-measures.R whose work is done where the field's text is read
recodes <- c("known_purpose", "known_home", "is_joint", "grade_rank")

# A formula of this package (never one from a file) as steps for a stack
compile <- function(formula, to, fields) {
  if (is.name(formula)) {
    return(add_step(to, "load", match(as.character(formula), fields) - 1L))
  }
  if (is.numeric(formula)) {
    to$number <- c(to$number, formula)
    return(add_step(to, "number", length(to$number) - 1L))
  }
  what <- as.character(formula[[1L]])
  for (part in as.list(formula)[-1L]) compile(part, to, fields)
  if (what %in% c("(", recodes)) return(invisible())
  if (!what %in% formula_ops) {
    lcrisk_abort("internal", "formula",
                 sprintf("The function `%s` of a feature cannot be saved.", what))
  }
  add_step(to, what)
}

# What is left after the formula: flags from the codes 1 and 2, and codes of the field's
# levels turned into those of the feature's
finish_feature <- function(feature, formula, to, fields, blueprint) {
  field <- fields[[all.vars(formula)[1L]]]
  labels <- blueprint$levels[[feature]]
  is_flag <- blueprint$kind[[feature]] == "flag" && field$type == "level"
  if (is_flag || (is.call(formula) && identical(formula[[1L]], quote(is_joint)))) {
    compile(1, to, names(fields))
    add_step(to, "-")
  } else if (!is.null(labels) && !identical(labels, field$levels)) {
    map <- match(field$levels, labels, nomatch = 0L)
    to$maps <- c(to$maps, list(map))
    add_step(to, "map", length(to$maps) - 1L)
  }
}
