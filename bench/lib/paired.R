# Paired timing for noisy machines: the two sides take turns A B B A, and what is
# reported is the median of the ratios within pairs, with their range.
timed <- function(call) {
  gc(FALSE)
  before <- proc.time()
  value <- call()
  spent <- proc.time() - before
  list(value = value, wall = spent[["elapsed"]],
       cpu = sum(spent[c("user.self", "sys.self", "user.child", "sys.child")]))
}

# `sides`: a named list of functions; the first is ours. Gives, for every other side, the
# ratios other / ours of each pair.
paired <- function(sides, pairs) {
  runs <- list()
  for (p in seq_len(pairs)) {
    for (name in names(sides)[-1L]) {
      order <- if (p %% 2L) c(names(sides)[1L], name) else c(name, names(sides)[1L])
      both <- list()
      for (side in order) both[[side]] <- timed(sides[[side]])[c("wall", "cpu")]
      ours <- both[[names(sides)[1L]]]
      peer <- both[[name]]
      runs[[length(runs) + 1L]] <- data.frame(
        peer = name, wall_ours = ours$wall, wall_peer = peer$wall, cpu_ours = ours$cpu,
        cpu_peer = peer$cpu
      )
    }
  }
  do.call(rbind, runs)
}

# One row a peer: seconds of both, median ratio and range
paired_table <- function(runs, auc) {
  rows <- lapply(split(runs, factor(runs$peer, unique(runs$peer))), function(r) {
    ratio <- r$wall_peer / r$wall_ours
    sprintf(
      "| %s | %.2f | %.2f | %.2f | %.2f | **%.2f** (%.2f to %.2f) | %.4f | %.4f |",
      r$peer[1L], stats::median(r$wall_ours), stats::median(r$wall_peer),
      stats::median(r$cpu_ours), stats::median(r$cpu_peer), stats::median(ratio),
      min(ratio), max(ratio), auc[["ours"]], auc[[r$peer[1L]]]
    )
  })
  names <- c("peer", "s ours", "s peer", "cpu ours", "cpu peer", "ratio (range)",
             "AUC ours", "AUC peer")
  c(sprintf("| %s |", paste(names, collapse = " | ")),
    sprintf("| %s |", paste(rep("---", length(names)), collapse = " | ")),
    unlist(rows, use.names = FALSE))
}
