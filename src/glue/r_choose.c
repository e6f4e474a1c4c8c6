#include "r_entries.h"
#include "r_numbers.h"
#include "r_replica.h"

#include "metric/choose.h"

static void free_layout(void* object) { cr_layout_free(object); }

// The rows of `input`, a list with prob, y and weights, in falling order; protect it.
static SEXP lay_out(SEXP input) {
  SEXP prob = r_element(input, "prob");
  const R_xlen_t n = Rf_xlength(prob);
  const cr_layout_spec spec = {0};
  cr_error err;
  SEXP owner = PROTECT(r_own(sizeof(cr_layout), free_layout));
  r_check(cr_layout_make(r_view_double(prob, n), r_view_integer(r_element(input, "y"), n),
                         r_view_weight(r_element(input, "weights"), n), (size_t)n, &spec,
                         r_owned(owner), &err),
          &err);
  UNPROTECT(1);
  return owner;
}

// A matrix: the statistic of the rows in its first column, of resamples in the others.
static SEXP once_and_again(SEXP input, cr_replica_statistic statistic, const void* spec,
                           int n_out, SEXP draw, SEXP resamples, SEXP run) {
  cr_error err;
  r_ticker ticker;
  const cr_run settings = r_run(run, &ticker);
  const int32_t n_resamples = r_integer(resamples);
  SEXP owner = PROTECT(lay_out(input));
  const cr_layout* layout = r_owned(owner);
  const cr_replica_plan plan = r_replica_plan(
      layout, draw, (size_t)Rf_xlength(r_element(input, "prob")), n_resamples);
  SEXP out = PROTECT(Rf_allocMatrix(REALSXP, n_out, n_resamples + 1));
  r_check(cr_replica_once(layout, statistic, spec, (size_t)n_out, REAL(out), &err), &err);
  r_check(cr_replica_run(&plan, statistic, spec, (size_t)n_out, &settings,
                         REAL(out) + n_out, &err),
          &err);
  r_release(owner);
  UNPROTECT(2);
  return out;
}

// `rule`: a list with kind, beta, target, approved and declined (NULL or doubles)
SEXP ffi_choose_cutoff(SEXP input, SEXP rule, SEXP draw, SEXP resamples, SEXP run) {
  const R_xlen_t n = Rf_xlength(r_element(input, "prob"));
  const cr_choose_spec spec = {.rule = (cr_choose_rule)r_integer(r_element(rule, "kind")),
                               .beta = r_number(r_element(rule, "beta")),
                               .target = r_number(r_element(rule, "target")),
                               .approved = r_view_weight(r_element(rule, "approved"), n),
                               .declined = r_view_weight(r_element(rule, "declined"), n)};
  return once_and_again(input, cr_choose_rows, &spec, CR_CHOICES, draw, resamples, run);
}

SEXP ffi_choose_capture(SEXP input, SEXP depth, SEXP draw, SEXP resamples, SEXP run) {
  const int n_depths = (int)Rf_xlength(depth);
  const cr_capture_spec spec = {(size_t)n_depths, r_view_double(depth, n_depths)};
  return once_and_again(input, cr_capture_rows, &spec, n_depths, draw, resamples, run);
}
