#include "r_entries.h"
#include "r_list.h"

#include "linear/mix.h"

// The columns of a frame of doubles, as the core takes them: R_alloc() memory
static const double** view_scores(const cr_frame* frame) {
  if (frame->n_columns < 1 || frame->n_columns > CR_MIX_MOST) {
    r_stop_internal("too many scores to combine, or none");
  }
  const double** score = (const double**)(void*)R_alloc(frame->n_columns, sizeof *score);
  for (size_t k = 0; k < frame->n_columns; k++) {
    if (frame->column[k].type != CR_COLUMN_DOUBLE) r_stop_internal("expected doubles");
    score[k] = frame->column[k].number;
  }
  return score;
}

SEXP ffi_mix_fit(SEXP scores, SEXP event, SEXP weights, SEXP shrink, SEXP run) {
  static const char* const names[] = {"share",      "intercept", "loss",
                                      "iterations", "converged", NULL};
  cr_error err;
  r_ticker ticker;
  const cr_run how = r_run(run, &ticker);
  const cr_frame frame = r_view_frame(scores);
  const R_xlen_t n = (R_xlen_t)frame.n_rows;
  const cr_mix_problem problem = {
      .score = view_scores(&frame),
      .n_scores = frame.n_columns,
      .event = r_view_integer(event, n),
      .weight = weights == R_NilValue ? NULL : r_view_double(weights, n),
      .n = frame.n_rows,
      .shrink = r_number(shrink)};
  SEXP share = PROTECT(Rf_allocVector(REALSXP, (R_xlen_t)frame.n_columns));
  cr_mix_result found;
  r_check(cr_mix_fit(&problem, &how, REAL(share), &found, &err), &err);
  SEXP out = PROTECT(r_named_list(names));
  SET_VECTOR_ELT(out, 0, share);
  SET_VECTOR_ELT(out, 1, Rf_ScalarReal(found.intercept));
  SET_VECTOR_ELT(out, 2, Rf_ScalarReal(found.loss));
  SET_VECTOR_ELT(out, 3, Rf_ScalarInteger(found.iterations));
  SET_VECTOR_ELT(out, 4, Rf_ScalarLogical(found.converged));
  UNPROTECT(2);
  return out;
}
