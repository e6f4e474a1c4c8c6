# Tab Score: one borrower.

score_ui <- function(id, ready) {
  ns <- shiny::NS(id)
  shiny::div(
    class = "lc-split",
    shiny::div(
      shiny::p(shiny::actionButton(ns("typical"), "Typical borrower"),
               shiny::actionButton(ns("clear"), "Clear")),
      shiny::tags$form(form_ui(ready, ns), onsubmit = "return false;")
    ),
    shiny::div(
      class = "lc-result",
      card(title = paste("Probability of", event_word(ready$model)),
           shiny::uiOutput(ns("answer"))),
      card(title = "What pushes it", shiny::plotOutput(ns("pushes"), height = "22rem"),
           shiny::p(class = "small", shiny::textOutput(ns("pushes_about")))),
      card(title = "Reasons for the decline", shiny::uiOutput(ns("reasons")))
    )
  )
}

score_server <- function(id, ready) {
  shiny::moduleServer(id, function(input, output, session) {
    asked <- asked_fields(ready$fields)
    ids <- vapply(asked, field_id, "")
    form <- shiny::reactive({
      texts <- lapply(stats::setNames(nm = ids), function(id) input[[id]])
      shiny::req(!all(vapply(texts, is.null, NA)))
      read_form(ready, texts)
    })
    settled <- shiny::debounce(form, 200)
    lapply(asked, function(field) {
      output[[paste0("note_", field$index)]] <- shiny::renderText(
        form()$note[[field_id(field)]]
      )
    })
    fill <- function(values) {
      for (field in asked) {
        update <- if (is.null(field_choices(field))) {
          function(id, text) shiny::updateTextInput(session, id, value = text)
        } else {
          function(id, text) shiny::updateSelectInput(session, id, selected = text)
        }
        update(field_id(field), field_text(field, values[field$index]))
      }
    }
    shiny::observeEvent(input$typical, fill(ready$typical))
    shiny::observeEvent(input$clear, fill(rep(NA_real_, length(ready$fields))))
    prob <- shiny::reactive(if (form()$bad == 0L) borrower_prob(ready, form()$values))
    explained <- shiny::reactive({
      shiny::req(settled()$bad == 0L)
      explain_borrower(ready, settled()$values)
    })
    output$answer <- shiny::renderUI(answer_ui(ready, prob(), form()$bad))
    output$pushes <- shiny::renderPlot(plot_pushes(explained()), res = 96)
    output$pushes_about <- shiny::renderText(explained()$about)
    output$reasons <- shiny::renderUI(reasons_ui(explained()$reasons))
    list(form = form, prob = prob, explained = explained)
  })
}

# `default` of loans, else outcome and event
event_word <- function(model) {
  if (identical(model$outcome, "default") && model$event %in% c("1", "TRUE")) {
    return("default")
  }
  event_text(model$outcome, model$event)
}

borrower_prob <- function(ready, values) {
  .Call(ffi_model_prob, ready$bytes, values, 1, new_run(0, 1L))
}

band_names <- c("very low", "low", "medium", "high", "very high")

answer_ui <- function(ready, prob, bad) {
  if (is.null(prob)) {
    said <- if (bad == 1L) "One field needs a correction."
            else sprintf("%d fields need a correction.", bad)
    return(shiny::p(class = "lc-verdict", said))
  }
  declined <- prob >= ready$model$cutoff
  band <- sum(prob >= ready$bands)
  shiny::tagList(
    shiny::div(class = "lc-pd", `data-value` = sprintf("%.17g", prob),
               percent_text(prob),
               shiny::span(class = paste0("lc-band band-", band),
                           paste("Risk:", band_names[band + 1L]))),
    shiny::p(class = paste("lc-verdict", if (declined) "no" else "yes"),
             sprintf("%s the cut-off of %s",
                     if (declined) "Decline: at or above" else "Accept: below",
                     percent_text(ready$model$cutoff)))
  )
}

# Contributions of one borrower, largest first, and reasons when declined
explain_borrower <- function(ready, values) {
  model <- ready$model
  row <- form_columns(ready, values)
  texts <- reason_words(model)
  reasons <- lcrisk_reasons(model, row, texts = texts, counterfactual = FALSE,
                            threads = 1L)
  exact <- !is_sampled(model$learner) && model$learner$kind != "forest"
  push <- if (exact) {
    lcrisk_shap(model, row, threads = 1L)$contributions[1L, ]
  } else {
    typical <- typical_columns(model$blueprint$reference$typical, model$blueprint)
    p <- length(row)
    versus_core(model$learner, model$core, model_columns(model, row, "data"), typical,
                seq_len(p), p, new_run(0, 1L))$value[1L, ]
  }
  about <- if (exact) {
    "Exact Shapley values: what multiplies the odds of the average borrower."
  } else {
    "Against the typical approved applicant, estimated from 64 orders."
  }
  label <- sub(" \\(logarithm\\)$", "", texts[["label"]])
  order <- utils::head(order(-abs(push)), 8L)
  list(label = label[match(model$blueprint$features, texts[["feature"]])][order],
       push = unname(push)[order], about = about, reasons = reasons)
}

plot_pushes <- function(explained) {
  push <- rev(explained$push)
  label <- vapply(rev(explained$label), function(text) {
    paste(strwrap(text, 24L), collapse = "\n")
  }, "")
  graphics::par(mar = c(2.8, 10.5, 0.2, 3.5), mgp = c(1.7, 0.4, 0), tcl = -0.2,
                las = 1L, bty = "n", cex.axis = 0.8, fg = report_ink,
                col.axis = report_ink)
  n <- length(push)
  reach <- max(abs(push), 1e-9)
  graphics::plot(NA, xlim = c(-reach, reach), ylim = c(0.5, n + 0.5), xlab = "log-odds",
                 ylab = "", yaxt = "n")
  graphics::text(graphics::par("usr")[1L], seq_len(n), label, adj = 1, xpd = NA,
                 cex = 0.75, col = report_ink)
  graphics::abline(v = 0)
  graphics::rect(0, seq_len(n) - 0.35, push, seq_len(n) + 0.35, border = NA,
                 col = ifelse(push > 0, report_red, "#2f8f5b"))
  graphics::mtext(sprintf("odds x %.2f", exp(push)), 4L, at = seq_len(n), cex = 0.7)
}

reasons_ui <- function(reasons) {
  loan <- attr(reasons, "loans")
  if (!loan[["declined"]][1L]) return(shiny::p("The borrower is not declined."))
  if (!nrow(reasons)) {
    return(shiny::p("No single column is worse than the typical approved applicant's."))
  }
  shiny::tags$ol(lapply(seq_len(nrow(reasons)), function(k) {
    shiny::tags$li(
      shiny::strong(reasons[["text"]][k]), shiny::tags$br(),
      shiny::span(class = "small", sprintf(
        "%s; typical of approved applicants %s, which would give %s",
        reasons[["value"]][k], reasons[["typical"]][k],
        percent_text(reasons[["restored"]][k])
      ))
    )
  }))
}
