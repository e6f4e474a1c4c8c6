# Tab Many: a csv scored in the background, to look at and to take home.

many_ui <- function(id, ready) {
  ns <- shiny::NS(id)
  layout <- if (is.null(ready$model$pricing)) {
    sprintf("Columns: %s.", quoted(ready$model$blueprint$features))
  } else {
    "Lending Club's layout, any release; csv, gz or zip."
  }
  card(
    title = "Score a file",
    shiny::fileInput(ns("file"), "Csv file", accept = c(".csv", ".gz", ".zip"),
                     width = "100%"),
    shiny::p(class = "small", layout),
    shiny::p(role = "status", shiny::textOutput(ns("status"), inline = TRUE)),
    shiny::uiOutput(ns("summary")),
    shiny::plotOutput(ns("scores"), height = "16rem"),
    shiny::uiOutput(ns("home")),
    shiny::div(class = "scroll", shiny::tableOutput(ns("first")))
  )
}

many_server <- function(id, ready) {
  shiny::moduleServer(id, function(input, output, session) {
    ask <- shiny::reactive({
      shiny::req(input$file)
      list(ready$model, input$file$datapath, input$file$name)
    })
    now <- use_job("score_csv", ask, session)
    scored <- shiny::reactive({
      shiny::req(identical(now()$state, "done"))
      now()$value
    })
    output$status <- shiny::renderText(job_status(now(), ""))
    output$summary <- shiny::renderUI(scored_facts(scored()))
    output$scores <- shiny::renderPlot({
      prob <- scored()$prob
      quiet_plot(c(0, max(prob)), c(0, max(hist_of(prob)$counts)), "Probability", "Loans")
      graphics::plot(hist_of(prob), add = TRUE, col = report_blue, border = "white")
      graphics::abline(v = ready$model$cutoff, lty = 3L)
    }, res = 96)
    output$home <- shiny::renderUI({
      scored()
      shiny::downloadButton(session$ns("download"), "Download the scored file")
    })
    output$download <- shiny::downloadHandler(
      "loans-scored.csv", function(file) write_scored(scored()$table, file), "text/csv"
    )
    output$first <- shiny::renderTable({
      table <- scored()$table
      first <- c("prob", "decision")
      utils::head(table[, c(first, utils::head(setdiff(names(table), first), 6L)),
                        with = FALSE], 10L)
    }, digits = 4L, na = "")
    list(now = now, scored = scored)
  })
}

hist_of <- function(prob) {
  graphics::hist(prob, seq(0, max(prob, 1e-9), length.out = 31L), plot = FALSE)
}

# In the other process: reads and scores a file; `name` says which kind it was
score_csv <- function(model, path, name) {
  file <- file.path(dirname(path), basename(name))
  if (file != path) file.copy(path, file, overwrite = TRUE)
  data <- if (is.null(model$pricing)) {
    fread(file, na.strings = c("", "NA"), encoding = "UTF-8", showProgress = FALSE,
          stringsAsFactors = FALSE)
  } else {
    lcrisk_read(file)
  }
  prob <- stats::predict(model, data)
  table <- as.data.table(data)
  set(table, j = "prob", value = prob)
  set(table, j = "decision", value = ifelse(prob >= model$cutoff, "decline", "accept"))
  list(table = table, prob = prob, cutoff = model$cutoff)
}

scored_facts <- function(scored) {
  fact <- function(what, value) {
    shiny::div(class = "lc-fact", shiny::strong(value), shiny::span(what))
  }
  shiny::div(class = "lc-facts", fact("loans", count_text(length(scored$prob))),
             fact("mean probability", percent_text(mean(scored$prob))),
             fact("declined", percent_text(mean(scored$prob >= scored$cutoff))))
}

# A cell that a spreadsheet would take for a formula gets an apostrophe; numbers stay
write_scored <- function(table, file) {
  table <- copy(table)
  names(table) <- guard_cells(names(table))
  for (j in which(vapply(table, function(x) is.character(x) || is.factor(x), NA))) {
    set(table, j = j, value = guard_cells(as.character(table[[j]])))
  }
  fwrite(table, file, na = "", quote = "auto", bom = FALSE)
}

guard_cells <- function(text) {
  is_formula <- grepl("^[=+@\t\r\n-]", text) &
    !grepl("^[+-]?([0-9]+\\.?[0-9]*|\\.[0-9]+)([eE][+-]?[0-9]+)?%?$", text)
  ifelse(is_formula & !is.na(text), paste0("'", text), text)
}
