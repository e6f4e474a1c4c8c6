#include <string.h>
#include <time.h>

#include "r_api.h"

enum { REPORT_NANOSECONDS = 100000000 };

static const char* condition_kind(cr_status status) {
  switch (status) {
    case CR_OK: break;
    case CR_ENOMEM: return "resource";
    case CR_EINPUT: return "input";
    case CR_ENUMERIC: return "numeric";
    case CR_ECANCELLED: return "cancelled";
    case CR_EIO: return "io";
    case CR_EPARSE: return "parse";
    case CR_ELIMIT: return "resource";
    case CR_EMODEL: return "model";
  }
  return "internal";
}

// Calls abort_from_core() of R/base-conditions.R, which does not return.
static void raise_condition(const char* kind, const char* code, const char* message,
                            double line, double offset) {
  SEXP name = PROTECT(Rf_mkString("lcrisk"));
  SEXP namespace = PROTECT(R_FindNamespace(name));
  SEXP call = PROTECT(Rf_lang6(
      Rf_install("abort_from_core"), PROTECT(Rf_mkString(kind)),
      PROTECT(Rf_mkString(code)), PROTECT(Rf_ScalarString(Rf_mkCharCE(message, CE_UTF8))),
      PROTECT(Rf_ScalarReal(line)), PROTECT(Rf_ScalarReal(offset))));
  Rf_eval(call, namespace);
  UNPROTECT(8);
}

void r_check(cr_status status, const cr_error* err) {
  if (status == CR_OK) return;
  raise_condition(condition_kind(status), err->code, err->message, (double)err->line,
                  (double)err->offset);
}

void r_stop_internal(const char* message) {
  raise_condition("internal", "glue", message, 0, -1);
}

static int64_t now(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return (int64_t)t.tv_sec * 1000000000 + t.tv_nsec;
}

static void check_interrupt(void* unused) {
  (void)unused;
  R_CheckUserInterrupt();
}

// R_ToplevelExec() turns R's jump into a return value, so the core can unwind.
static bool tick(void* data, double done) {
  r_ticker* ticker = data;
  if (!R_ToplevelExec(check_interrupt, NULL)) {
    if (!ticker->keep || atomic_load(&ticker->enough)) return false;
    atomic_store(&ticker->enough, true);
  }
  if (ticker->progress == R_NilValue || now() < ticker->next_report) return true;
  ticker->next_report = now() + REPORT_NANOSECONDS;

  int failed = 0;
  SEXP share = PROTECT(Rf_ScalarReal(done));
  SEXP call = PROTECT(Rf_lang2(ticker->progress, share));
  R_tryEvalSilent(call, R_GlobalEnv, &failed);
  UNPROTECT(2);
  return !failed;
}

cr_run r_run(SEXP run, r_ticker* ticker) {
  ticker->progress = r_element(run, "progress");
  ticker->next_report = 0;
  ticker->keep = r_element(run, "keep") != R_NilValue;
  atomic_init(&ticker->enough, false);
  cr_run out = {.threads = r_integer(r_element(run, "threads")),
                .seed = (uint64_t)r_number(r_element(run, "seed")),
                .tick = tick,
                .tick_data = ticker,
                .enough = &ticker->enough};
  return out;
}
