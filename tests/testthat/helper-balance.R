# Rows of mixed columns with gaps, ties and copies; `rare` of `n` are events
mixed <- function(n = 400L, rare = 60L, start = 1L) {
  u <- matrix(park_miller(7L * n, start), n)
  gaps <- round(100 * u[, 4], 1)
  gaps[u[, 5] < 0.2] <- NA
  home <- c("OWN", "RENT", "MORTGAGE", NA)[1 + floor(4 * u[, 3])]
  data <- data.frame(
    income = 20 + 80 * u[, 1], count = as.integer(floor(6 * u[, 2]^2)),
    home = factor(home), state = sprintf("S%02d", floor(40 * u[, 6])), gaps = gaps,
    flag = u[, 5] > 0.5, whole = floor(20 * u[, 4] * u[, 2]),
    since = as.Date("2008-01-01") + floor(900 * u[, 6])
  )
  data[seq(10, n, 10), ] <- data[seq(9, n, 10), ]
  rownames(data) <- NULL
  list(x = data, y = as.integer(rank(u[, 7] - 0.005 * data$income,
                                     ties.method = "first") > n - rare))
}
