#include "model/of_forest.h"

#include "base/mem.h"
#include "model/views.h"
#include "tree/walk.h"

#include "base/exact.h"

typedef struct {
  cr_bins bins;
  cr_grove grove;
  uint8_t used[];  // by feature: some tree splits on it
} forest;

static cr_status open_forest(const cr_value* specification, const cr_value* core,
                             const cr_frame* shape, void** state, cr_error* err) {
  cr_status status = CR_OK;
  cr_bins found = {0};
  cr_grove grove = {0};
  (void)specification;
  const cr_value* bins = cr_view_list(core, "bins", err);
  const cr_value* trees = bins == NULL ? NULL : cr_view_list(core, "trees", err);
  if (trees == NULL) return CR_EMODEL;
  CR_TRY(cr_view_bins(bins, shape, &found, err));
  CR_TRY(cr_view_grove(trees, shape->n_columns, &grove, err));
  forest* kept = cr_alloc(1, sizeof *kept + shape->n_columns);
  if (kept == NULL) return cr_fail(err, CR_ENOMEM, "memory", "no memory for a scorer");
  kept->bins = found;
  kept->grove = grove;
  cr_grove_features(&kept->grove, shape->n_columns, kept->used);
  *state = kept;

done:
  return status;
}

static cr_status score_forest(const void* state, const cr_frame* frame, const cr_run* run,
                              double* link, cr_error* err) {
  cr_status status = CR_OK;
  const forest* model = state;
  cr_codes codes = {0};
  CR_TRY(cr_bins_encode(&model->bins, frame, model->used, CR_BLOCKS_PLAIN, run, &codes,
                        err));
  status = cr_walk_score(&model->grove, &codes, run, link, err);

done:
  cr_codes_free(&codes);
  return status;
}

const cr_learner cr_of_forest = {
    .kind = "forest", .open = open_forest, .score = score_forest, .close = cr_free};
