# One look for all plots: no box, upright labels, short ticks, black and grey, so that a
# print without colours says the same.

# Sets it and gives what was: `look <- plot_look()`, then
# `on.exit(graphics::par(look), add = TRUE)`
plot_look <- function() {
  graphics::par(
    bty = "n", las = 1L, tcl = -0.25, mgp = c(2.3, 0.5, 0), font.main = 1L,
    cex.main = 1.05, fg = "grey20", col.axis = "grey20", col.lab = "grey20",
    col.main = "grey10"
  )
}

with_look <- function(draw) {
  look <- plot_look()
  on.exit(graphics::par(look))
  draw
}

# Draws with a left margin as wide as the names
with_names_beside <- function(names, draw) {
  old <- graphics::par(no.readonly = TRUE)["mar"]
  on.exit(graphics::par(old))
  lines <- max(graphics::strwidth(names, "inches", cex = graphics::par("cex.axis"))) /
    graphics::par("csi")
  graphics::par(mar = replace(old$mar, 2L, lines + 1.5))
  draw
}

# Every name at its line, smaller where they would not fit: axis() leaves names out
names_axis <- function(at, names) {
  room <- abs(diff(graphics::grconvertY(1:2, "user", "inches")))
  needed <- 1.4 * graphics::strheight("M", "inches")
  size <- min(graphics::par("cex.axis"), room / needed)
  graphics::axis(2L, at, names, tick = FALSE, cex.axis = size, gap.axis = -1)
}
