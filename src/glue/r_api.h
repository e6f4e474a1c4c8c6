#ifndef LCRISK_GLUE_API_H
#define LCRISK_GLUE_API_H

/// The only header that includes R, and what the glue's own files share.
///
/// Life of a core object on this side: r_own() makes an R object that frees it,
/// the caller PROTECTs that, fills it, copies the result out, and r_release()
/// frees it at once. Whatever jumps in between, R's collector frees it later.

#define R_NO_REMAP
#define STRICT_R_HEADERS
#include <R.h>
#include <Rinternals.h>

#include "base/mem.h"
#include "base/status.h"
#include "base/team.h"
#include "data/frame.h"

// ---- r_own.c ----

/// A zeroed object of `size` bytes inside an R object that calls `free_inner`
/// when it is collected or released. `free_inner` must accept the zeroed object
/// and may not allocate R objects.
SEXP r_own(size_t size, void (*free_inner)(void* object));

/// The object inside; NULL after r_release().
void* r_owned(SEXP owner);

/// Frees now what the owner holds. Calling it twice is harmless.
void r_release(SEXP owner);

// ---- r_run.c ----

/// Raises the classed R condition for a status; returns only when it is CR_OK.
/// `err` must be the one the failing call filled.
void r_check(cr_status status, const cr_error* err);

/// Raises `lcrisk_error_internal`: the R side passed something it never should.
void r_stop_internal(const char* message);

/// What tick and progress need; lives on the caller's stack for one call.
typedef struct {
  SEXP progress;  ///< R function of one number, or R_NilValue
  int64_t next_report;
  bool keep;           ///< the first Ctrl-C asks for what there is, the second cancels
  atomic_bool enough;  ///< it was asked for
} r_ticker;

/// The cr_run described by `run`, an R list with `threads` (integer), `seed`
/// (whole double below 2^53) `progress` (function or NULL) and
/// perhaps `keep` (TRUE), made by new_run() in R/base-run.R. The tick notices Ctrl-C
/// without jumping. `run` and `ticker` must outlive the result.
cr_run r_run(SEXP run, r_ticker* ticker);

// ---- r_view.c ----

/// View of a list of equally long double, integer, logical or factor columns.
/// Reads R's memory in place; ALTREP columns are materialised here, on R's own
/// thread. Factor codes outside 1 .. nlevels raise a condition, so the core can
/// trust them. `frame->column` is R_alloc() memory: gone when .Call returns.
cr_frame r_view_frame(SEXP columns);

/// Pointers to checked vectors; they raise lcrisk_error_internal for another type
/// or (when `n` is not negative) another length.
const double* r_view_double(SEXP x, R_xlen_t n);
const int32_t* r_view_integer(SEXP x, R_xlen_t n);

/// 0-based row numbers below `n_rows` from R's 1-based ones, which must ascend. R_alloc()
/// memory.
const uint32_t* r_view_rows(SEXP row, size_t n_rows);

/// Where made rows come from, as R/learn-origin.R says: the 0-based places of both
/// parents of each of `n` rows, -1 for one that is not there, and what a held-out event
/// counts. Parents are NULL where all rows are rows of the data.
typedef struct {
  const int32_t* parent[2];
  double held_event;
} r_origin;
r_origin r_view_origin(SEXP origin, R_xlen_t n);

/// Scalars out of R; checked for type and length 1, never missing.
double r_number(SEXP x);
int32_t r_integer(SEXP x);
bool r_flag(SEXP x);

/// The element of a named list, or R_NilValue.
SEXP r_element(SEXP list, const char* name);

/// 32 hexadecimal digits of a fingerprint (base/hash), a CHARSXP; protect it.
SEXP r_hash_text(const uint64_t result[2]);

/// A new named list; protect the result. `names` ends with NULL.
SEXP r_named_list(const char* const* names);

#endif
