#include "model/of_boost.h"

#include "base/mem.h"
#include "model/views.h"
#include "tree/score.h"
#include "tree/shap.h"
#include "tree/versus.h"

#include "base/exact.h"

typedef struct {
  cr_bins bins;
  cr_trees trees;
  double base;
  uint8_t used[];  // by feature: some tree splits on it
} boosted;

static cr_status open_boost(const cr_value* specification, const cr_value* core,
                            const cr_frame* shape, void** state, cr_error* err) {
  cr_status status = CR_OK;
  boosted found = {.base = 0.0};
  (void)specification;
  const cr_value* bins = cr_view_list(core, "bins", err);
  const cr_value* trees = bins == NULL ? NULL : cr_view_list(core, "trees", err);
  if (trees == NULL) return CR_EMODEL;
  CR_TRY(cr_view_bins(bins, shape, &found.bins, err));
  CR_TRY(cr_view_trees(trees, shape->n_columns, &found.trees, err));
  CR_TRY(cr_view_number(core, "base", &found.base, err));
  boosted* kept = cr_alloc(1, sizeof *kept + shape->n_columns);
  if (kept == NULL) return cr_fail(err, CR_ENOMEM, "memory", "no memory for a scorer");
  *kept = found;
  cr_score_features(&kept->trees, shape->n_columns, kept->used);
  *state = kept;

done:
  return status;
}

static cr_status score_boost(const void* state, const cr_frame* frame, const cr_run* run,
                             double* link, cr_error* err) {
  cr_status status = CR_OK;
  const boosted* model = state;
  cr_codes codes = {0};
  CR_TRY(cr_bins_encode(&model->bins, frame, model->used, 0, run, &codes, err));
  status = cr_score_codes(&model->trees, &codes, model->base, run, link, err);

done:
  cr_codes_free(&codes);
  return status;
}

static cr_status parts_boost(const void* state, const cr_frame* frame, const cr_run* run,
                             double* base, double* value, cr_error* err) {
  cr_status status = CR_OK;
  const boosted* model = state;
  cr_codes codes = {0};
  double mean;
  CR_TRY(
      cr_bins_encode(&model->bins, frame, model->used, CR_BLOCKS_NONE, run, &codes, err));
  CR_TRY(cr_shap_codes(&model->trees, &codes, false, run, &mean, value, err));
  *base = model->base + mean;

done:
  cr_codes_free(&codes);
  return status;
}

static cr_status versus_boost(const void* state, const cr_frame* frame,
                              const cr_frame* reference, const int32_t* player,
                              size_t n_players, const cr_run* run, double* value,
                              double* restored, cr_error* err) {
  cr_status status = CR_OK;
  const boosted* model = state;
  cr_codes codes = {0}, other = {0};
  CR_TRY(
      cr_bins_encode(&model->bins, frame, model->used, CR_BLOCKS_NONE, run, &codes, err));
  CR_TRY(cr_bins_encode(&model->bins, reference, model->used, CR_BLOCKS_NONE, run, &other,
                        err));
  status = cr_versus_codes(&model->trees, &codes, &other, player, n_players, run, value,
                           restored, err);

done:
  cr_codes_free(&other);
  cr_codes_free(&codes);
  return status;
}

const cr_learner cr_of_boost = {.kind = "boost",
                                .open = open_boost,
                                .score = score_boost,
                                .close = cr_free,
                                .parts = parts_boost,
                                .versus = versus_boost};
