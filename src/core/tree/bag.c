#include "tree/bag.h"

#include <string.h>

#include "base/jobs.h"
#include "base/mem.h"
#include "base/rng.h"

#include "base/exact.h"

typedef struct {
  const cr_codes* codes;
  const cr_bins* bins;
  const cr_boost_data* data;
  const cr_boost_settings* settings;
  const cr_run* run;
  int n_folds;
  int32_t* fold;
  cr_boost* fits;
} bagging;

static bool is_given(const cr_boost_data* data, size_t i) {
  return data->origin[0] == NULL ||
         (data->origin[0][i] == (int32_t)i && data->origin[1][i] == (int32_t)i);
}

// Is a row of fold k among the parents of the row at position i, or that row itself?
static bool is_of_fold(const bagging* bag, size_t i, int k) {
  if (bag->fold[i] >= 0) return bag->fold[i] == k;
  for (int parent = 0; parent < 2; parent++) {
    const int32_t at = bag->data->origin[parent][i];
    if (at >= 0 && bag->fold[at] == k) return true;
  }
  return false;
}

cr_status cr_bag_folds(const cr_boost_data* data, int n_folds, uint64_t seed,
                       int32_t* fold, cr_error* err) {
  const size_t n = data->n_rows;
  uint32_t* order = cr_alloc(n, sizeof *order);
  uint32_t* member = cr_alloc(n, sizeof *member);
  cr_status status = CR_OK;
  if (order == NULL || member == NULL) {
    status = cr_fail(err, CR_ENOMEM, "memory", "no memory for the folds of %zu rows", n);
    goto done;
  }
  for (int event = 0; event <= 1; event++) {
    uint32_t count = 0;
    for (size_t i = 0; i < n; i++) {
      if (event == 0) fold[i] = -1;
      const bool mine = data->event[data->row[i]] == event && is_given(data, i);
      if (mine) member[count++] = (uint32_t)i;
    }
    if (count < (uint32_t)n_folds) {
      status = cr_fail(err, CR_EINPUT, "few_rows",
                       "%u rows of one class are too few for %d folds", count, n_folds);
      goto done;
    }
    cr_rng rng = cr_rng_stream(seed, CR_FOR_HOLDOUT, (uint64_t)event);
    cr_rng_shuffle(&rng, order, count);
    for (uint32_t i = 0; i < count; i++) {
      fold[member[order[i]]] = (int32_t)(i % (uint32_t)n_folds);
    }
  }

done:
  cr_free(member);
  cr_free(order);
  return status;
}

// Folds side by side share the time; those one after the other have a part each.
static double fold_seconds(const bagging* bag) {
  const size_t n_folds = (size_t)bag->n_folds;
  const size_t n_together = cr_jobs_together(bag->run, n_folds);
  const size_t threads = (size_t)cr_team_threads(bag->run);
  return bag->settings->seconds / (double)(n_together / threads + n_folds - n_together);
}

static cr_status fit_fold(size_t i_fold, const cr_run* run, void* data, cr_error* err) {
  bagging* bag = data;
  const int k = (int)i_fold;
  const cr_boost_data* all = bag->data;
  cr_boost_settings settings = *bag->settings;
  cr_run own = *run;
  cr_status status = CR_OK;
  if (k > 0 && cr_run_enough(run)) return CR_OK;
  own.seed = cr_rng_hash(run->seed, CR_FOR_TREE, i_fold);
  settings.seconds = fold_seconds(bag);
  uint32_t* learn = cr_alloc(all->n_rows, sizeof *learn);
  uint32_t* held = cr_alloc(all->n_rows, sizeof *held);
  cr_boost_data rows = *all;
  if (learn == NULL || held == NULL) {
    status = cr_fail(err, CR_ENOMEM, "memory", "no memory for fold %d", k + 1);
    goto done;
  }
  rows.row = learn;
  rows.held_row = held;
  rows.n_rows = rows.n_held = 0;
  for (size_t i = 0; i < all->n_rows; i++) {
    if (bag->fold[i] == k) {
      held[rows.n_held++] = all->row[i];
    } else if (!is_of_fold(bag, i, k)) {
      learn[rows.n_rows++] = all->row[i];
    }
  }
  CR_TRY(cr_boost_fit(bag->codes, bag->bins, &rows, &settings, &own, &bag->fits[k], err));

done:
  cr_free(held);
  cr_free(learn);
  return status;
}

static cr_status average(const bagging* bag, cr_boost* boost, int32_t* fold_trees,
                         cr_error* err) {
  cr_status status = CR_OK;
  double base = 0.0;
  int n_fitted = 0;
  for (int k = 0; k < bag->n_folds; k++) {
    fold_trees[k] = (int32_t)bag->fits[k].trees.n_trees;
    n_fitted += fold_trees[k] > 0;
    if (bag->fits[k].end > boost->end) boost->end = bag->fits[k].end;
  }
  for (int k = 0; k < bag->n_folds; k++) {
    if (fold_trees[k] == 0) continue;
    CR_TRY(cr_trees_append(&boost->trees, &bag->fits[k].trees, n_fitted, err));
    base += bag->fits[k].base;
  }
  boost->base = base / n_fitted;

done:
  return status;
}

cr_status cr_bag_fit(const cr_codes* codes, const cr_bins* bins,
                     const cr_boost_data* data, const cr_boost_settings* settings,
                     int n_folds, const cr_run* run, cr_boost* boost, int32_t* fold_trees,
                     cr_error* err) {
  cr_status status = CR_OK;
  bagging bag = {.codes = codes,
                 .bins = bins,
                 .data = data,
                 .settings = settings,
                 .run = run,
                 .n_folds = n_folds};
  bag.fold = cr_alloc(data->n_rows, sizeof *bag.fold);
  bag.fits = cr_alloc_zero((size_t)n_folds, sizeof *bag.fits);
  if (bag.fold == NULL || bag.fits == NULL) {
    status = cr_fail(err, CR_ENOMEM, "memory", "no memory for %d folds", n_folds);
    goto done;
  }
  CR_TRY(cr_bag_folds(data, n_folds, run->seed, bag.fold, err));
  CR_TRY(cr_jobs_run(run, (size_t)n_folds, fit_fold, &bag, err));
  CR_TRY(average(&bag, boost, fold_trees, err));

done:
  for (int k = 0; bag.fits != NULL && k < n_folds; k++) cr_boost_free(&bag.fits[k]);
  cr_free(bag.fits);
  cr_free(bag.fold);
  if (status != CR_OK) cr_boost_free(boost);
  return status;
}
