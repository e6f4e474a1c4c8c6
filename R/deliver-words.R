# The words of a model's columns, which go into the model file (`words` of its section
# `inputs`) so that reasons read the same without R: what lcrisk_schema("reasons") or the
# user's own table says, and plain sentences for columns that neither knows.
words_of_model <- function(model, texts = NULL, call = caller_env()) {
  used <- reason_texts(texts %||% reason_words(model), model, call)
  list(label = used[["label"]], high = blank_text(used[["high"]]),
       low = blank_text(used[["low"]]), missing = blank_text(used[["missing"]]),
       change = used[["change"]] == "yes", player = used[["player"]])
}

# The table of texts with a row for each column of the model
reason_words <- function(model) {
  known <- schema_table("reasons")
  absent <- setdiff(model$blueprint$features, known[["feature"]])
  rbind(known, plain_words(absent, model$blueprint), use.names = TRUE)
}

blank_text <- function(x) {
  x[is.na(x)] <- ""
  x
}

# A row of the table of reasons for each column that has none
plain_words <- function(features, blueprint) {
  if (!length(features)) return(NULL)
  label <- plain_label(features)
  is_number <- blueprint$kind[features] %in% c("number", "date")
  words <- data.table(
    feature = features, reason = features, label = label,
    high = ifelse(is_number, paste(label, "higher than is typical"), ""),
    low = ifelse(is_number, paste(label, "lower than is typical"), ""),
    missing = paste(label, "not known"), change = rep("yes", length(features))
  )
  words[]
}
