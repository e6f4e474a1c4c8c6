# The lines above every table of results: what ran, where, when.
machine <- function(title, ...) {
  cpu <- if (file.exists("/proc/cpuinfo")) {
    sub(".*: ", "", grep("model name", readLines("/proc/cpuinfo"), value = TRUE)[1L])
  }
  processors <- lcrisk:::state$processors
  c(
    paste("#", title), "", ...,
    sprintf("%s; %s, %d processors; %s; lcrisk %s.", format(Sys.Date()),
            if (is.null(cpu)) R.version$platform else cpu, processors,
            R.version.string, utils::packageVersion("lcrisk")),
    ""
  )
}
