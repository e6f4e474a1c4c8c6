#include "r_design.h"
#include "r_entries.h"
#include "r_list.h"

#include "net/train.h"

typedef struct {
  cr_design design;
  cr_nodes nodes;
  cr_mlp mlp;
} job;

static void free_job(void* object) {
  job* work = object;
  cr_mlp_free(&work->mlp);
  cr_nodes_free(&work->nodes);
  cr_design_free(&work->design);
}

// As many units as there is room for; returns how many were given.
static size_t view_units(SEXP hidden, int32_t* units) {
  const int32_t* given = r_view_integer(hidden, -1);
  const R_xlen_t n = XLENGTH(hidden);
  for (R_xlen_t l = 0; l < n && l < CR_HIDDEN_MAX; l++) units[l] = given[l];
  return (size_t)n;
}

static cr_mlp_settings view_settings(SEXP list) {
  cr_mlp_settings out = {.restarts = r_integer(r_element(list, "restarts")),
                         .epochs = r_integer(r_element(list, "epochs")),
                         .patience = r_integer(r_element(list, "patience")),
                         .batch = r_integer(r_element(list, "batch")),
                         .rate = r_number(r_element(list, "rate")),
                         .decay = r_number(r_element(list, "decay")),
                         .dropout = r_number(r_element(list, "dropout")),
                         .held_out = r_number(r_element(list, "held_out"))};
  out.scales.bend = (float)r_number(r_element(list, "bend"));
  out.scales.level = (float)r_number(r_element(list, "level"));
  out.scales.missing = (float)r_number(r_element(list, "missing"));
  out.n_hidden = view_units(r_element(list, "hidden"), out.units);
  return out;
}

static SEXP doubles_of_floats(const float* x, size_t n) {
  SEXP out = Rf_allocVector(REALSXP, (R_xlen_t)n);
  for (size_t i = 0; i < n; i++) REAL(out)[i] = (double)x[i];
  return out;
}

static SEXP list_fit(const job* work) {
  static const char* const names[] = {"design", "hidden", "weights",
                                      "epochs", "loss",   NULL};
  const cr_mlp* mlp = &work->mlp;
  SEXP out = PROTECT(r_named_list(names));
  SET_VECTOR_ELT(out, 0, r_list_design(&work->design));
  SET_VECTOR_ELT(out, 1, r_integers(mlp->units, mlp->n_hidden));
  SET_VECTOR_ELT(out, 2, doubles_of_floats(mlp->weight, mlp->n_nets * mlp->n_weights));
  SET_VECTOR_ELT(out, 3, r_integers(mlp->epochs, mlp->n_nets));
  SET_VECTOR_ELT(out, 4, r_doubles(mlp->loss, mlp->n_nets));
  UNPROTECT(1);
  return out;
}

SEXP ffi_mlp_fit(SEXP x, SEXP event, SEXP weights, SEXP settings, SEXP run) {
  cr_error err;
  r_ticker ticker;
  const cr_run how = r_run(run, &ticker);
  const cr_frame frame = r_view_frame(x);
  const R_xlen_t n = (R_xlen_t)frame.n_rows;
  const r_origin origin = r_view_origin(r_element(run, "origin"), n);
  const cr_mlp_data rows = {
      .event = r_view_integer(event, n),
      .weight = weights == R_NilValue ? NULL : r_view_double(weights, n),
      .origin = {origin.parent[0], origin.parent[1]},
      .held_event = origin.held_event};
  const cr_design_settings terms = r_design_settings(settings);
  const cr_mlp_settings chosen = view_settings(settings);

  SEXP owner = PROTECT(r_own(sizeof(job), free_job));
  job* work = r_owned(owner);
  r_check(cr_design_learn(&frame, rows.weight, &terms, &how, &work->design, &err), &err);
  r_check(cr_nodes_make(&work->design, &work->nodes, &err), &err);
  r_check(cr_mlp_fit(&work->nodes, &frame, &rows, &chosen, &how, &work->mlp, &err), &err);
  SEXP out = PROTECT(list_fit(work));
  r_release(owner);
  UNPROTECT(2);
  return out;
}

// The networks of a model, in memory of the call.
static cr_mlp view_mlp(SEXP core, const cr_nodes* nodes) {
  cr_error err;
  cr_mlp out = {.n_nets = 0};
  r_field_integer(core, "hidden", -1);
  out.n_hidden = view_units(r_element(core, "hidden"), out.units);
  const double* given = r_field_double(core, "weights", -1);
  const size_t n = (size_t)r_field_length(core, "weights");
  out.weight = (float*)(void*)R_alloc(n + 1, sizeof *out.weight);
  for (size_t i = 0; i < n; i++) out.weight[i] = (float)given[i];
  r_check(cr_mlp_settle(&out, nodes, n, &err), &err);
  return out;
}

SEXP ffi_mlp_score(SEXP x, SEXP core, SEXP run) {
  cr_error err;
  r_ticker ticker;
  const cr_run how = r_run(run, &ticker);
  const cr_frame frame = r_view_frame(x);
  const cr_design terms = r_view_design(r_element(core, "design"));

  SEXP out = PROTECT(Rf_allocVector(REALSXP, (R_xlen_t)frame.n_rows));
  SEXP owner = PROTECT(r_own(sizeof(job), free_job));
  job* work = r_owned(owner);
  r_check(cr_nodes_make(&terms, &work->nodes, &err), &err);
  const cr_mlp mlp = view_mlp(core, &work->nodes);
  r_check(cr_mlp_score(&mlp, &work->nodes, &frame, &how, REAL(out), &err), &err);
  r_release(owner);
  UNPROTECT(2);
  return out;
}
