# What the bootstrap draws: rows, rows within both classes, or whole blocks.

MIN_BLOCKS <- 5L

# What r_replica_plan() in src/glue/r_measure.c reads
draw_plan <- function(kind, block = NULL, n_blocks = 0L) {
  list(kind = match(kind, c("rows", "classes", "blocks")) - 1L, block = block,
       n_blocks = n_blocks)
}

# The plan for blocks, one per row given; NULL without blocks
check_blocks <- function(blocks, input, n, call = caller_env()) {
  if (is.null(blocks)) return(NULL)
  plain <- is.atomic(blocks) && is.null(dim(blocks)) && length(blocks) == n
  if (!plain) {
    abort_argument("blocks", sprintf("NULL or one value per row (%d)", n), blocks, call)
  }
  if (!is.null(input$keep)) blocks <- blocks[input$keep]
  n_missing <- sum(is.na(blocks))
  if (n_missing > 0L) {
    lcrisk_abort("input", "missing_block",
                 sprintf("`blocks` is missing in %d rows.", n_missing), arg = "blocks",
                 n = n_missing, call = call)
  }
  known <- unique(blocks)
  if (length(known) < MIN_BLOCKS) {
    lcrisk_abort(
      "input", "few_blocks",
      sprintf("`blocks` has %d values; at least %d needed.", length(known), MIN_BLOCKS),
      cure = "Few blocks say nothing about how blocks differ: take months, not years.",
      arg = "blocks", n = length(known), call = call
    )
  }
  draw_plan("blocks", match(blocks, known) - 1L, length(known))
}

draw_quantile <- function(draw, level) {
  if (is.null(draw$block)) return(normal_quantile(level))
  stats::qt(1 - (1 - level) / 2, draw$n_blocks - 1L)
}

draw_text <- function(draw, resamples) {
  if (!is.null(draw$block)) {
    return(sprintf("%d samples of %d blocks, t", resamples, draw$n_blocks))
  }
  sprintf("%d %s samples, normal", resamples,
          if (draw$kind == 0L) "bootstrap" else "stratified")
}
