#include "model/of_additive.h"

#include "base/mem.h"
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
