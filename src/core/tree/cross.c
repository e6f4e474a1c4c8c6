#include "tree/cross.h"

#include "base/hash.h"
#include "base/jobs.h"
#include "base/mem.h"
#include "base/rng.h"

#include "base/exact.h"

// What is kept of a fit: the log-odds of the rows it left out, those of the first fold
// and then those of the second, each of an ensemble member; side s of its pair.
typedef struct {
  double* link;
  size_t n_trees[2];
  uint64_t print[2][2];
} member;

typedef struct {
  const cr_frame* frame;
  const cr_boost_data* data;
  const cr_cross_plan* plan;
  const cr_boost_settings* settings;
  member* members;
} crossing;

int cr_cross_partners(int n_folds, int wanted) {
  if (wanted >= n_folds - 1) return n_folds - 1;
  return n_folds % 2 == 1 ? wanted + wanted % 2 : wanted;
}

size_t cr_cross_fits(int n_folds, int n_partners) {
  return (size_t)n_folds * (size_t)n_partners / 2;
}

// Folds in a circle: every fold with the next one, every fold with the next but one, ...
// With an odd number of partners the last of them are opposite each other.
void cr_cross_pair(int n_folds, int n_partners, size_t t, int pair[2]) {
  const int round = (int)(t / (size_t)n_folds);
  const int step = round < n_partners / 2 ? 1 + round : n_folds / 2;
  pair[0] = (int)(t % (size_t)n_folds);
  pair[1] = (pair[0] + step) % n_folds;
}

// ---- one fit -------------------------------------------------------------------

typedef struct {
  cr_bins bins;
  cr_codes codes;
  cr_boost boost;
  uint32_t *learn, *held;
  uint8_t* usable;
  int32_t* place;  // of a usable feature among those
  cr_boost_data data;
} fitting;

static cr_status deal_rows(const crossing* cross, const int pair[2], fitting* fit,
                           cr_error* err) {
  const cr_boost_data* all = cross->data;
  fit->learn = cr_alloc(all->n_rows, sizeof *fit->learn);
  fit->held = cr_alloc(all->n_rows, sizeof *fit->held);
  fit->usable = cr_alloc(cross->frame->n_columns, sizeof *fit->usable);
  fit->place = cr_alloc(cross->frame->n_columns, sizeof *fit->place);
  if (fit->learn == NULL || fit->held == NULL || fit->usable == NULL ||
      fit->place == NULL) {
    return cr_fail(err, CR_ENOMEM, "memory", "no memory for the rows of folds %d and %d",
                   pair[0] + 1, pair[1] + 1);
  }
  fit->data = (cr_boost_data){.event = all->event,
                              .weight = all->weight,
                              .row = fit->learn,
                              .held_row = fit->held,
                              .usable = fit->usable};
  const int32_t* fold = cross->plan->fold;
  for (size_t i = 0; i < all->n_rows; i++) {
    if (fold[i] == pair[0]) {
      fit->held[fit->data.n_held_first++] = all->row[i];
    } else if (fold[i] != pair[1]) {
      fit->learn[fit->data.n_rows++] = all->row[i];
    }
  }
  fit->data.n_held = fit->data.n_held_first;
  for (size_t i = 0; i < all->n_rows; i++) {
    if (fold[i] == pair[1]) fit->held[fit->data.n_held++] = all->row[i];
  }
  return CR_OK;
}

// A feature is of use when its codes differ among the rows learned from. Whether it is in
// the draw must not hang on the rows that are judged.
static void mark_usable(fitting* fit) {
  const cr_boost_data* data = &fit->data;
  int32_t n_usable = 0;
  for (size_t j = 0; j < fit->codes.n_features; j++) {
    const uint8_t* column = fit->codes.column + j * fit->codes.n_rows;
    size_t i = 1;
    while (i < data->n_rows && column[data->row[i]] == column[data->row[0]]) i++;
    fit->usable[j] = i < data->n_rows;
    fit->place[j] = n_usable;
    n_usable += fit->usable[j];
  }
}

// The member is its bins and its trees up to the round that its partner chose.
static void take_prints(const fitting* fit, member* kept) {
  const cr_trees* trees = &fit->boost.trees;
  for (int side = 0; side < 2; side++) {
    cr_hash hash = {0};
    const size_t n_nodes = (size_t)trees->tree_start[kept->n_trees[side]];
    cr_hash_doubles(&hash, &fit->boost.base, 1);
    cr_hash_doubles(&hash, fit->bins.cut,
                    (size_t)fit->bins.cut_start[fit->bins.n_features]);
    cr_hash_integers(&hash, trees->tree_start, kept->n_trees[side] + 1);
    cr_hash_integers(&hash, trees->bin, n_nodes);
    cr_hash_integers(&hash, trees->missing_left, n_nodes);
    cr_hash_integers(&hash, trees->left, n_nodes);
    cr_hash_doubles(&hash, trees->value, n_nodes);
    for (size_t node = 0; node < n_nodes; node++) {
      const int32_t feature = trees->feature[node], subset = trees->subset[node];
      cr_hash_word(&hash, feature < 0 ? UINT64_MAX : (uint64_t)fit->place[feature]);
      if (subset < 0) continue;
      cr_hash_bytes(&hash, trees->subset_bits + (size_t)subset * CR_SUBSET_BYTES,
                    CR_SUBSET_BYTES);
    }
    cr_hash_result(&hash, kept->print[side]);
  }
}

static void free_fitting(fitting* fit) {
  cr_boost_free(&fit->boost);
  cr_codes_free(&fit->codes);
  cr_bins_free(&fit->bins);
  cr_free(fit->place);
  cr_free(fit->usable);
  cr_free(fit->held);
  cr_free(fit->learn);
}

static cr_status fit_pair(size_t t, const cr_run* run, void* data, cr_error* err) {
  const crossing* cross = data;
  member* kept = &cross->members[t];
  cr_status status = CR_OK;
  fitting fit = {0};
  int pair[2];
  cr_cross_pair(cross->plan->n_folds, cross->plan->n_partners, t, pair);
  cr_run own = *run;
  own.seed = cr_rng_hash(run->seed, CR_FOR_TREE, t);
  CR_TRY(deal_rows(cross, pair, &fit, err));
  CR_TRY(cr_bins_learn(cross->frame, fit.learn, fit.data.n_rows, fit.data.weight,
                       cross->plan->max_bins, &own, &fit.bins, err));
  CR_TRY(cr_bins_encode(&fit.bins, cross->frame, NULL, CR_BLOCKS_PACKED, &own, &fit.codes,
                        err));
  mark_usable(&fit);
  CR_TRY(cr_boost_fit(&fit.codes, &fit.bins, &fit.data, cross->settings, &own, &fit.boost,
                      err));
  for (int side = 0; side < 2; side++) kept->n_trees[side] = fit.boost.n_best[1 - side];
  take_prints(&fit, kept);
  kept->link = fit.boost.crossed;
  fit.boost.crossed = NULL;

done:
  free_fitting(&fit);
  return status;
}

// ---- ensembles -----------------------------------------------------------------

// Adds what the members of fit t say of the rows of their folds.
static void add_links(const crossing* cross, size_t t, double* link) {
  const double* from = cross->members[t].link;
  const int32_t* fold = cross->plan->fold;
  int pair[2];
  cr_cross_pair(cross->plan->n_folds, cross->plan->n_partners, t, pair);
  for (int side = 0; side < 2; side++) {
    for (size_t i = 0; i < cross->data->n_rows; i++) {
      if (fold[i] == pair[side]) link[i] += *from++;
    }
  }
}

// Members are taken in the order of the fits, whoever fitted them.
static void combine(const crossing* cross, size_t n_fits, cr_cross* out) {
  const cr_cross_plan* plan = cross->plan;
  for (size_t i = 0; i < cross->data->n_rows; i++) out->link[i] = 0.0;
  for (size_t t = 0; t < n_fits; t++) add_links(cross, t, out->link);
  for (size_t i = 0; i < cross->data->n_rows; i++) out->link[i] /= plan->n_partners;
  for (int k = 0; k < plan->n_folds; k++) {
    int32_t* n_trees = out->n_trees + k * plan->n_partners;
    cr_hash hash = {0};
    for (size_t t = 0; t < n_fits; t++) {
      int pair[2];
      cr_cross_pair(plan->n_folds, plan->n_partners, t, pair);
      if (pair[0] != k && pair[1] != k) continue;
      const int side = pair[1] == k;
      *n_trees++ = (int32_t)cross->members[t].n_trees[side];
      for (int w = 0; w < 2; w++) cr_hash_word(&hash, cross->members[t].print[side][w]);
    }
    cr_hash_result(&hash, out->print[k]);
  }
}

cr_status cr_cross_fit(const cr_frame* frame, const cr_boost_data* data,
                       const cr_cross_plan* plan, const cr_boost_settings* settings,
                       const cr_run* run, cr_cross* out, cr_error* err) {
  cr_status status = CR_OK;
  const size_t n_fits = cr_cross_fits(plan->n_folds, plan->n_partners);
  crossing cross = {.frame = frame, .data = data, .plan = plan, .settings = settings};
  cross.members = cr_alloc_zero(n_fits, sizeof *cross.members);
  if (cross.members == NULL) {
    status = cr_fail(err, CR_ENOMEM, "memory", "no memory for %zu fits", n_fits);
    goto done;
  }
  CR_TRY(cr_jobs_run(run, n_fits, fit_pair, &cross, err));
  combine(&cross, n_fits, out);

done:
  for (size_t t = 0; cross.members != NULL && t < n_fits; t++) {
    cr_free(cross.members[t].link);
  }
  cr_free(cross.members);
  return status;
}
