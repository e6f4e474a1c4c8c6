#include "model/of_additive.h"

#include "base/mem.h"
#include "model/players.h"
#include "model/views.h"

#include "base/exact.h"

typedef struct {
  cr_bins bins;
  cr_tables tables;
} additive;

static cr_status open_additive(const cr_value* specification, const cr_value* core,
                               const cr_frame* shape, void** state, cr_error* err) {
  cr_status status = CR_OK;
  additive found = {0};
  (void)specification;
  const cr_value* bins = cr_view_list(core, "bins", err);
  const cr_value* tables = bins == NULL ? NULL : cr_view_list(core, "tables", err);
  if (tables == NULL) return CR_EMODEL;
  CR_TRY(cr_view_bins(bins, shape, &found.bins, err));
  CR_TRY(cr_view_tables(tables, &found.bins, &found.tables, err));
  additive* kept = cr_alloc(1, sizeof *kept);
  if (kept == NULL) return cr_fail(err, CR_ENOMEM, "memory", "no memory for a scorer");
  *kept = found;
  *state = kept;

done:
  return status;
}

static cr_status score_additive(const void* state, const cr_frame* frame,
                                const cr_run* run, double* link, cr_error* err) {
  cr_status status = CR_OK;
  const additive* model = state;
  cr_codes codes = {0};
  CR_TRY(cr_bins_encode(&model->bins, frame, NULL, 0, run, &codes, err));
  status = cr_tables_score(&model->tables, &codes, run, link, err);

done:
  cr_codes_free(&codes);
  return status;
}

const cr_learner cr_of_additive = {
    .kind = "additive", .open = open_additive, .score = score_additive, .close = cr_free};

// ---- scorecard -----------------------------------------------------------------

// Without pairs every term is a column's.
static cr_status open_scorecard(const cr_value* specification, const cr_value* core,
                                const cr_frame* shape, void** state, cr_error* err) {
  cr_status status = CR_OK;
  void* opened = NULL;
  CR_TRY(open_additive(specification, core, shape, &opened, err));
  const additive* model = opened;
  if (model->tables.n_pairs > 0) {
    cr_free(opened);
    return cr_fail(err, CR_EMODEL, "tables", "a scorecard has no pairs");
  }
  *state = opened;

done:
  return status;
}

static cr_status terms_of(const additive* model, const cr_frame* frame, const cr_run* run,
                          double* out, cr_error* err) {
  cr_status status = CR_OK;
  cr_codes codes = {0};
  CR_TRY(cr_bins_encode(&model->bins, frame, NULL, CR_BLOCKS_NONE, run, &codes, err));
  status = cr_tables_terms(&model->tables, &codes, run, out, err);

done:
  cr_codes_free(&codes);
  return status;
}

static cr_status parts_scorecard(const void* state, const cr_frame* frame,
                                 const cr_run* run, double* base, double* value,
                                 cr_error* err) {
  const additive* model = state;
  *base = model->tables.intercept;  // tables have mean 0
  return terms_of(model, frame, run, value, err);
}

static cr_status versus_scorecard(const void* state, const cr_frame* frame,
                                  const cr_frame* reference, const int32_t* player,
                                  size_t n_players, const cr_run* run, double* value,
                                  double* restored, cr_error* err) {
  cr_status status = CR_OK;
  const size_t n = frame->n_rows, p = frame->n_columns;
  double* own = cr_alloc(p, n * sizeof *own);
  double* other = cr_alloc(p, sizeof *other);
  if (own == NULL || other == NULL) {
    status = cr_fail(err, CR_ENOMEM, "memory", "no memory to compare %zu rows", n);
    goto done;
  }
  CR_TRY(terms_of(state, frame, run, own, err));
  CR_TRY(terms_of(state, reference, run, other, err));
  cr_players_sum(own, other, n, p, player, n_players, value, restored);

done:
  cr_free(other);
  cr_free(own);
  return status;
}

const cr_learner cr_of_scorecard = {.kind = "scorecard",
                                    .open = open_scorecard,
                                    .score = score_additive,
                                    .close = cr_free,
                                    .parts = parts_scorecard,
                                    .versus = versus_scorecard};
