# Paired timing for noisy machines: the two sides take turns A B B A, and what is
# reported is the median of the ratios within pairs, with their range.
#
# A side is a function of no argument. One that times itself, in another process, gives
# list(wall =, cpu =) with class "spent".
timed <- function(call) {
  gc(FALSE)
  before <- proc.time()
  value <- call()
  spent <- proc.time() - before
  if (inherits(value, "spent")) return(unclass(value))
  list(value = value, wall = spent[["elapsed"]],
       cpu = sum(spent[c("user.self", "sys.self", "user.child", "sys.child")]))
}

# The most memory that `call` needs beside what there is, in MB; NA where the system
# does not say
peak_memory <- function(call) {
  status <- function(field) {
    line <- grep(field, readLines("/proc/self/status"), value = TRUE)
    as.numeric(gsub("[^0-9]", "", line)) / 1024
  }
  gc()
  before <- tryCatch({
    writeLines("5", "/proc/self/clear_refs")
    status("VmRSS")
  }, error = function(error) NA, warning = function(warning) NA)
  call()
  if (is.na(before)) NA else status("VmHWM") - before
}

# "2.4 (2.1 to 2.6)", the median of ratios and their range
said_ratio <- function(ratio, format = "%.1f") {
  sprintf(paste0(format, " (", format, " to ", format, ")"), stats::median(ratio),
          min(ratio), max(ratio))
}

# Cells of a table for one peer: the least seconds of ours and theirs, and the ratio by
# the clock and by processor seconds, which hold on a busy machine where two threads
# cannot both run
pair_columns <- function(runs) {
  sprintf("%.4g | %.4g | %s | %s", min(runs$wall_ours), min(runs$wall_peer),
          said_ratio(runs$wall_peer / pmax(runs$wall_ours, 1e-3)),
          said_ratio(runs$cpu_peer / pmax(runs$cpu_ours, 1e-3)))
}

# Runs `code` while a process keeps one processor busy
with_busy_neighbour <- function(code) {
  pid <- tempfile()
  system(sprintf("sh -c 'echo $$ > %s; while :; do :; done' &", pid))
  while (!file.exists(pid)) Sys.sleep(0.05)
  on.exit(tools::pskill(as.integer(readLines(pid))))
  force(code)
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

# One row a peer: seconds of both, median ratio and range; the same after `own_extra`
# seconds are taken off ours, which the peer did before the clock started
paired_table <- function(runs, auc, own_extra = NULL) {
  said <- function(ratio) sub("^([^ ]+)", "**\\1**", said_ratio(ratio, "%.2f"))
  rows <- lapply(split(runs, factor(runs$peer, unique(runs$peer))), function(r) {
    seconds <- vapply(r[c("wall_ours", "wall_peer", "cpu_ours", "cpu_peer")],
                      stats::median, 0)
    sprintf("| %s | %s | %s |%s %.4f | %.4f |", r$peer[1L],
            paste(sprintf("%.2f", seconds), collapse = " | "),
            said(r$wall_peer / r$wall_ours),
            if (is.null(own_extra)) "" else {
              sprintf(" %s |", said(r$wall_peer / (r$wall_ours - own_extra)))
            }, auc[["ours"]], auc[[r$peer[1L]]])
  })
  names <- c("peer", "s ours", "s peer", "cpu ours", "cpu peer", "ratio (range)",
             if (!is.null(own_extra)) "training only", "AUC ours", "AUC peer")
  c(sprintf("| %s |", paste(names, collapse = " | ")),
    sprintf("| %s |", paste(rep("---", length(names)), collapse = " | ")),
    unlist(rows, use.names = FALSE))
}
