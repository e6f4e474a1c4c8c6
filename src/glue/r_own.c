#include <stdalign.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "r_api.h"

// The object lives inside an R vector that the external pointer protects, so it
// is still there when the finalizer runs.
typedef struct {
  void (*free_inner)(void* object);
  max_align_t object[];
} owned;

static owned* inside(SEXP owner) { return (owned*)R_ExternalPtrAddr(owner); }

static void finalize(SEXP owner) {
  owned* box = inside(owner);
  if (box == NULL) return;
  R_ClearExternalPtr(owner);
  box->free_inner(box->object);
}

// R aligns its vectors for a double; the object may hold what needs more.
static void* aligned(Rbyte* bytes) {
  const size_t past = (uintptr_t)bytes % alignof(owned);
  return past == 0 ? bytes : bytes + (alignof(owned) - past);
}

SEXP r_own(size_t size, void (*free_inner)(void* object)) {
  const size_t bytes = sizeof(owned) + size + alignof(owned);
  SEXP memory = PROTECT(Rf_allocVector(RAWSXP, (R_xlen_t)bytes));
  memset(RAW(memory), 0, bytes);
  owned* box = aligned(RAW(memory));
  box->free_inner = free_inner;
  SEXP owner = PROTECT(R_MakeExternalPtr(box, R_NilValue, memory));
  R_RegisterCFinalizerEx(owner, finalize, TRUE);
  UNPROTECT(2);
  return owner;
}

void* r_owned(SEXP owner) {
  owned* box = inside(owner);
  return box == NULL ? NULL : (void*)box->object;
}

void r_release(SEXP owner) { finalize(owner); }
