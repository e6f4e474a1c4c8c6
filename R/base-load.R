.onLoad <- function(libname, pkgname) {
  state$process_id <- Sys.getpid()
  state$processors <- .Call(ffi_base_processors)
}

.onUnload <- function(libpath) library.dynam.unload("lcrisk", libpath)
