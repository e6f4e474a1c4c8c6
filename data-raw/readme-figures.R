# The two figures of README.md, from Lending Club's file of 2007 to 2011.
#
#   LCRISK_DATA=LoanStats3a_securev1.csv.zip Rscript data-raw/readme-figures.R
library(lcrisk)

loans <- lcrisk_outcome(lcrisk_read(Sys.getenv("LCRISK_DATA")))
split <- lcrisk_split(lcrisk_features(loans), test_from = "2011-01-01")
learners <- c("scorecard", "forest", "additive", "logit", "boost", "blend", "mlp")
table <- suppressWarnings(lcrisk_compare(split$train, learners, test = split$test,
                                         seed = 1))

picture <- function(file, width, height) {
  png(file.path("man/figures", file), width, height, res = 144)
  par(mar = c(3.6, 6.2, 2.2, 1), mgp = c(2.2, 0.5, 0), tcl = -0.25, las = 1, bty = "n",
      font.main = 1, cex.main = 1, cex.axis = 0.85, fg = "grey20", col.axis = "grey20",
      col.lab = "grey20", col.main = "grey20")
}

dir.create("man/figures", showWarnings = FALSE)
picture("README-learners.png", 1150, 640)
rows <- table[order(table$auc), ]
at <- seq_len(nrow(rows))
ours <- rows$learner %in% learners
ink <- ifelse(ours, "#0b5394", "#7f7f7f")
plot(rows$auc, at, xlim = range(rows$auc_lower, rows$auc_upper), yaxt = "n", ylab = "",
     type = "n", xlab = "AUC on the loans of 2011, with 95 % intervals",
     main = "Trained to 2010, application data only, default settings")
abline(h = at, col = "#e6e6e6")
segments(rows$auc_lower, at, rows$auc_upper, at, col = ink, lwd = 2.5)
points(rows$auc, at, pch = 19, col = ink, cex = 1.2)
axis(2, at, ifelse(ours, rows$learner, paste0(rows$learner, "*")), lwd = 0)
mtext("* Lending Club's own", 1, 2.2, adj = 1, cex = 0.75, col = "grey40")
invisible(dev.off())

model <- attr(table, "models")$boost
strategy <- {
  hazards <- lcrisk_hazards(split$train)
  prob <- predict(model, split$test)
  expected <- lcrisk_expect(hazards, split$test, prob)
  lcrisk_strategy(lcrisk_returns(split$test), prob,
                  list(`expected return` = expected$return),
                  benchmark = split$test$sub_grade)
}
picture("README-policies.png", 1150, 640)
par(mar = c(3.6, 3.8, 3.6, 1))
plot(strategy, "irr", main = "Yearly return of the approved loans of 2011")
invisible(dev.off())
