# Tabs Vintages, Models, Cut-off and Monitoring: what rows with outcomes say.

model_choice <- function(ns, models) {
  shiny::selectInput(ns("model"), "Model", names(models), selectize = FALSE)
}

# ---- vintages and segments -----------------------------------------------------

groups_ui <- function(id, models, shown) {
  ns <- shiny::NS(id)
  card(
    title = "By vintage and segment",
    shiny::div(class = "lc-row", model_choice(ns, models),
               shiny::selectInput(ns("by"), "Groups", names(shown$groups),
                                  selectize = FALSE)),
    shiny::plotOutput(ns("plot"), height = "20rem"),
    shiny::p(class = "small", "Points: share of events seen, with Jeffreys' interval.",
             "Crosses: mean probability. p: the two differ by chance alone (Holm)."),
    shiny::div(class = "scroll", shiny::tableOutput(ns("table")))
  )
}

groups_server <- function(id, models, shown) {
  shiny::moduleServer(id, function(input, output, session) {
    groups <- shiny::reactive({
      shiny::req(input$by, input$model)
      report_groups(shown$y, shown$prob[[input$model]], shown$groups[[input$by]], 0.95)
    })
    output$plot <- shiny::renderPlot(plot_report_groups(groups()), res = 96)
    output$table <- shiny::renderTable(groups_table(groups()), na = "")
    list(groups = groups)
  })
}

# ---- models --------------------------------------------------------------------

metrics_shown <- c("auc", "gini", "ks", "pr_auc", "brier", "log_loss", "recall",
                   "precision", "calibration_slope")

compare_ui <- function(id, models) {
  ns <- shiny::NS(id)
  card(
    title = "The models on the same rows",
    shiny::p(role = "status", shiny::textOutput(ns("status"), inline = TRUE)),
    shiny::div(class = "scroll", shiny::tableOutput(ns("table"))),
    shiny::plotOutput(ns("roc"), height = "28rem", width = "32rem")
  )
}

compare_server <- function(id, models, shown) {
  shiny::moduleServer(id, function(input, output, session) {
    cutoff <- lapply(models, `[[`, "cutoff")
    now <- use_job("compare_scores", function() list(shown$y, shown$prob, cutoff),
                   session)
    output$status <- shiny::renderText(job_status(now(), ""))
    output$table <- shiny::renderTable({
      shiny::req(identical(now()$state, "done"))
      now()$value
    })
    output$roc <- shiny::renderPlot(plot_rocs(shown$y, shown$prob), res = 96)
    list(now = now)
  })
}

# In the other process: a row per model, each metric with its interval
compare_scores <- function(y, prob, cutoff) {
  rows <- lapply(names(prob), function(name) {
    metrics <- lcrisk_metrics(y, prob[[name]], cutoff[[name]])
    at <- match(metrics_shown, metrics[["metric"]])
    at <- at[!is.na(at)]
    text <- sprintf("%.3f (%.3f to %.3f)", metrics[["estimate"]][at],
                    metrics[["lower"]][at], metrics[["upper"]][at])
    as.list(stats::setNames(c(name, text), c("model", metrics[["metric"]][at])))
  })
  as.data.frame(rbindlist(rows))
}

plot_rocs <- function(y, prob) {
  colours <- c(report_blue, report_red, "#2f8f5b", "#7a5200", "#674ea7", "#566270")
  quiet_plot(c(0, 1), c(0, 1), "Others above the cut-off", "Events above the cut-off")
  graphics::abline(0, 1, lty = 3L, col = report_ink)
  colour <- rep_len(colours, length(prob))
  for (k in seq_along(prob)) {
    roc <- lcrisk_roc(y, prob[[k]])
    graphics::lines(roc[["false_alarm"]], roc[["recall"]], col = colour[k], lwd = 2)
  }
  graphics::legend("bottomright", names(prob), col = colour, lwd = 2, bty = "n")
}

# ---- cut-off -------------------------------------------------------------------

cutoff_ui <- function(id, models) {
  ns <- shiny::NS(id)
  card(
    title = "Where to draw the line",
    shiny::div(
      class = "lc-row", model_choice(ns, models),
      shiny::sliderInput(ns("cutoff"), "Decline from a probability of", 0, 1,
                         round(models[[1L]]$cutoff, 3L), 0.005),
      shiny::numericInput(ns("good"), "A good loan earns", 1, step = 0.1),
      shiny::numericInput(ns("bad"), "A bad loan costs", 5, step = 0.1)
    ),
    shiny::uiOutput(ns("facts")),
    shiny::plotOutput(ns("plot"), height = "20rem"),
    shiny::div(class = "scroll", shiny::tableOutput(ns("table")))
  )
}

cutoff_server <- function(id, models, shown) {
  shiny::moduleServer(id, function(input, output, session) {
    curve <- shiny::reactive({
      shiny::req(input$model, is.numeric(input$good), is.numeric(input$bad))
      cutoff_curve(shown$y, shown$prob[[input$model]], input$good, input$bad)
    })
    here <- shiny::reactive({
      shiny::req(input$model, is.numeric(input$good), is.numeric(input$bad))
      cutoff_at(shown$y, shown$prob[[input$model]], input$cutoff, input$good, input$bad)
    })
    output$facts <- shiny::renderUI(cutoff_facts(here()))
    output$plot <- shiny::renderPlot(plot_cutoffs(curve(), input$cutoff), res = 96)
    output$table <- shiny::renderTable({
      curve <- curve()
      best <- curve[which.max(curve[["profit"]]), ]
      data.frame(
        Line = c("this one", "most profit"),
        "Cut-off" = sprintf("%.3f", c(input$cutoff, best[["cutoff"]])),
        Approved = percent_text(c(here()$approved, best[["approved"]])),
        "Bad among approved" = percent_text(c(here()$bad_rate, best[["bad_rate"]])),
        "Profit for each application" = sprintf("%.4f", c(here()$profit,
                                                          best[["profit"]])),
        check.names = FALSE
      )
    })
    list(here = here, curve = curve)
  })
}

# What approving below a cut-off gives: shares of all rows, and profit for each of them
cutoff_at <- function(y, prob, cutoff, good, bad) {
  approved <- prob < cutoff
  n <- length(y)
  n_bad <- sum(y[approved])
  list(approved = mean(approved), bad_rate = if (any(approved)) n_bad / sum(approved)
       else 0, recall = sum(y[!approved]) / sum(y),
       profit = (good * (sum(approved) - n_bad) - bad * n_bad) / n)
}

# The same at up to 200 cut-offs, from one sort
cutoff_curve <- function(y, prob, good, bad) {
  order <- order(prob)
  p <- prob[order]
  n <- length(y)
  n_bad <- cumsum(y[order])
  last <- which(!duplicated(p, fromLast = TRUE))
  at <- last[unique(round(seq(1, length(last), length.out = min(200L, length(last)))))]
  data.table(cutoff = p[pmin(at + 1L, n)], approved = at / n, bad_rate = n_bad[at] / at,
             profit = (good * (at - n_bad[at]) - bad * n_bad[at]) / n)
}

cutoff_facts <- function(here) {
  fact <- function(what, value) {
    shiny::div(class = "lc-fact", shiny::strong(value), shiny::span(what))
  }
  shiny::div(class = "lc-facts", fact("approved", percent_text(here$approved)),
             fact("bad among approved", percent_text(here$bad_rate)),
             fact("bad loans declined", percent_text(here$recall)),
             fact("profit for each application", sprintf("%.4f", here$profit)))
}

plot_cutoffs <- function(curve, cutoff) {
  graphics::par(mfrow = c(1L, 2L))
  quiet_plot(c(0, 1), range(0, curve[["bad_rate"]]), "Share approved",
             "Bad among approved")
  graphics::lines(curve[["approved"]], curve[["bad_rate"]], col = report_blue, lwd = 2)
  at <- findInterval(cutoff, curve[["cutoff"]])
  here <- curve[max(1L, at), ]
  graphics::points(here[["approved"]], here[["bad_rate"]], pch = 19L, col = report_red)
  quiet_plot(range(curve[["cutoff"]]), range(curve[["profit"]]), "Cut-off",
             "Profit for each application")
  graphics::lines(curve[["cutoff"]], curve[["profit"]], col = report_blue, lwd = 2)
  graphics::abline(v = cutoff, col = report_red, lty = 3L)
}

# ---- monitoring ----------------------------------------------------------------

monitor_ui <- function(id, models, shown) {
  ns <- shiny::NS(id)
  periods <- if (is.null(shown$date)) "all" else c("quarter", "month", "year", "all")
  card(
    title = "Have applicants changed since training?",
    shiny::div(class = "lc-row", model_choice(ns, models),
               shiny::selectInput(ns("by"), "Periods", periods, selectize = FALSE),
               shiny::div(shiny::tags$label("\u00a0"), shiny::tags$br(),
                          shiny::actionButton(ns("go"), "Compare with training"))),
    shiny::p(role = "status", shiny::textOutput(ns("status"), inline = TRUE)),
    shiny::plotOutput(ns("plot"), height = "20rem"),
    shiny::div(class = "scroll", shiny::tableOutput(ns("table")))
  )
}

monitor_server <- function(id, models, shown) {
  shiny::moduleServer(id, function(input, output, session) {
    ask <- shiny::eventReactive(input$go, {
      list(models[[input$model]], shown$data, input$by)
    })
    now <- use_job("watch_drift", ask, session)
    drift <- shiny::reactive({
      shiny::req(identical(now()$state, "done"))
      now()$value
    })
    output$status <- shiny::renderText(
      job_status(now(), "Press the button: this takes a moment.")
    )
    output$plot <- shiny::renderPlot(plot_drift(drift()), res = 96)
    output$table <- shiny::renderTable(
      drift()[drift()[["verdict"]] %in% c("moved", "far") |
                drift()[["variable"]] == "(score)",
              c("period", "variable", "n", "psi", "limit", "verdict", "note"),
              with = FALSE],
      digits = 3L, na = ""
    )
    list(now = now, drift = drift)
  })
}

# In the other process
watch_drift <- function(model, data, by) {
  as.data.table(lcrisk_drift(model, data, by = by, resamples = 20L))
}

plot_drift <- function(drift) {
  score <- drift[drift[["variable"]] == "(score)", ]
  at <- seq_len(nrow(score))
  quiet_plot(c(0.7, nrow(score) + 0.3), c(0, max(score[["psi"]], 0.27)), "",
             "PSI of the score", xaxt = "n")
  graphics::abline(h = c(0.1, 0.25), lty = 3L, col = report_red)
  few <- unique(round(seq(1, nrow(score), length.out = min(nrow(score), 12L))))
  graphics::axis(1L, few, score[["period"]][few], lwd = 0)
  graphics::lines(at, score[["psi"]], col = report_blue, lwd = 2, type = "b", pch = 19L)
}
