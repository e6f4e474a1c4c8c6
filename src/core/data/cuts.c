// Learning the bins: the cuts of numbers, the codes of levels, and the check of
// both when they come from outside. Declared in data/bins.h.
#include "data/bins.h"

#include <math.h>
#include <string.h>

#include "base/mem.h"
#include "base/rng.h"
#include "base/sort.h"

#include "base/exact.h"

enum { SAMPLE = 200000 };

// One distinct value of a column and its weight.
typedef struct {
  double value;
  double weight;
} atom;

typedef struct {
  const cr_frame* frame;
  const uint32_t* row;  // the sampled rows
  size_t n;
  const double* weight;
  int max_bins;
  cr_bins* bins;
  double* cut;  // n_features x 253, packed together afterwards
  int32_t* n_cuts;
  cr_status* status;
} learning;

// A cut c with a <= c < b, half way where doubles allow.
static double between(double a, double b) {
  double middle = 0.5 * a + 0.5 * b;
  if (!(middle >= a)) middle = a;
  if (!(middle < b)) middle = a;
  if (middle == -INFINITY) middle = -1.7976931348623157e308;
  return middle;
}

// Closes a bin when it is full or when the next value would fill one alone.
static int32_t cut_by_weight(const atom* atoms, size_t n_atoms, int max_bins,
                             double* cut) {
  double left = 0.0;
  for (size_t i = 0; i < n_atoms; i++) left += atoms[i].weight;

  int32_t n_cuts = 0;
  double in_bin = 0.0;
  int bins_left = max_bins;
  double share = left / bins_left;
  for (size_t i = 0; i + 1 < n_atoms && bins_left > 1; i++) {
    in_bin += atoms[i].weight;
    left -= atoms[i].weight;
    const size_t values_left = n_atoms - 1 - i;
    const bool full = in_bin >= share || atoms[i + 1].weight >= share ||
                      values_left < (size_t)bins_left;
    if (!full) continue;
    cut[n_cuts++] = between(atoms[i].value, atoms[i + 1].value);
    in_bin = 0.0;
    bins_left--;
    share = left / bins_left;
  }
  return n_cuts;
}

// The distinct values of column j in ascending order; returns how many.
static size_t collect_atoms(const learning* job, size_t j, uint64_t* key, uint32_t* item,
                            uint64_t* key_scratch, uint32_t* item_scratch, atom* atoms) {
  const cr_column* column = &job->frame->column[j];
  size_t n = 0;
  for (size_t i = 0; i < job->n; i++) {
    const double x = cr_column_value(column, job->row[i]);
    if (x != x) continue;
    key[n] = cr_sort_key(x);
    item[n++] = job->row[i];
  }
  if (job->weight == NULL) {
    cr_sort_keys(key, key_scratch, n);
  } else {
    cr_sort_pairs(key, item, key_scratch, item_scratch, n);
  }
  size_t n_atoms = 0;
  for (size_t i = 0; i < n; i++) {
    if (i == 0 || key[i] != key[i - 1]) {
      atoms[n_atoms].value = cr_sort_unkey(key[i]);
      atoms[n_atoms++].weight = 0.0;
    }
    atoms[n_atoms - 1].weight += job->weight == NULL ? 1.0 : job->weight[item[i]];
  }
  return n_atoms;
}

static cr_status learn_number(const learning* job, size_t j) {
  cr_status status = CR_OK;
  uint64_t* key = cr_alloc(job->n, sizeof *key);
  uint64_t* key_scratch = cr_alloc(job->n, sizeof *key_scratch);
  uint32_t* item = cr_alloc(job->n, sizeof *item);
  uint32_t* item_scratch = cr_alloc(job->n, sizeof *item_scratch);
  atom* atoms = cr_alloc(job->n, sizeof *atoms);
  if (key == NULL || key_scratch == NULL || item == NULL || item_scratch == NULL ||
      atoms == NULL) {
    status = CR_ENOMEM;
    goto done;
  }
  const size_t n_atoms =
      collect_atoms(job, j, key, item, key_scratch, item_scratch, atoms);
  job->n_cuts[j] =
      cut_by_weight(atoms, n_atoms, job->max_bins, job->cut + j * CR_BINS_MAX);
  job->bins->n_bins[j] = n_atoms == 0 ? 0 : job->n_cuts[j] + 1;

done:
  cr_free(atoms);
  cr_free(item_scratch);
  cr_free(item);
  cr_free(key_scratch);
  cr_free(key);
  return status;
}

// Levels present get codes in their own order; when there are too many, the
// heaviest ones do and the rest share the last code.
static cr_status learn_levels(const learning* job, size_t j) {
  cr_bins* bins = job->bins;
  const cr_column* column = &job->frame->column[j];
  const size_t n_levels = (size_t)column->n_levels;
  uint8_t* code = bins->level_code + bins->level_start[j];
  cr_status status = CR_OK;
  double* weight = cr_alloc_zero(n_levels, sizeof *weight);
  uint32_t* order = cr_alloc(n_levels, sizeof *order);
  if (weight == NULL || order == NULL) {
    status = CR_ENOMEM;
    goto done;
  }
  size_t present = 0;
  for (size_t i = 0; i < job->n; i++) {
    const int32_t level = column->integer[job->row[i]];
    if (level == CR_MISSING_INT) continue;
    const double w = job->weight == NULL ? 1.0 : job->weight[job->row[i]];
    if (weight[level - 1] == 0.0 && w > 0.0) present++;
    weight[level - 1] += w;
  }
  const bool all_fit = present <= (size_t)job->max_bins;
  const size_t own = all_fit ? present : (size_t)job->max_bins - 1;
  memset(code, 0, n_levels);
  if (!all_fit) {
    // Ascending order of the negated weight: heaviest first, ties by level.
    for (size_t l = 0; l < n_levels; l++) weight[l] = -weight[l];
    CR_TRY(cr_sort_order(weight, n_levels, order, NULL));
    for (size_t r = 0; r < present; r++) code[order[r]] = r < own ? 1 : 2;
  } else {
    for (size_t l = 0; l < n_levels; l++) code[l] = weight[l] > 0.0;
  }
  uint8_t next = 1;
  for (size_t l = 0; l < n_levels; l++) {
    if (code[l] == 1) {
      code[l] = next++;
    } else if (code[l] == 2) {
      code[l] = (uint8_t)job->max_bins;
    }
  }
  bins->n_bins[j] = all_fit ? (int32_t)present : job->max_bins;

done:
  cr_free(order);
  cr_free(weight);
  return status;
}

static void learn_one(size_t j, int worker, void* data) {
  (void)worker;
  learning* job = data;
  job->status[j] = job->frame->column[j].type == CR_COLUMN_LEVEL ? learn_levels(job, j)
                                                                 : learn_number(job, j);
}

// At most SAMPLE of the n given rows: one out of each of SAMPLE equal stretches,
// so the sample follows time when the file does.
static size_t sample_rows(const uint32_t* row, size_t n, uint64_t seed, uint32_t* out) {
  if (n <= SAMPLE) {
    for (size_t i = 0; i < n; i++) out[i] = row == NULL ? (uint32_t)i : row[i];
    return n;
  }
  for (size_t s = 0; s < SAMPLE; s++) {
    const size_t from = n * s / SAMPLE;
    const size_t to = n * (s + 1) / SAMPLE;
    cr_rng rng = cr_rng_stream(seed, CR_FOR_CUT_SAMPLE, s);
    const size_t i = from + cr_rng_below(&rng, (uint32_t)(to - from));
    out[s] = row == NULL ? (uint32_t)i : row[i];
  }
  return SAMPLE;
}

static cr_status allocate(const cr_frame* frame, cr_bins* bins, cr_error* err) {
  const size_t p = frame->n_columns;
  bins->n_features = p;
  bins->n_bins = cr_alloc_zero(p, sizeof *bins->n_bins);
  bins->n_levels = cr_alloc_zero(p, sizeof *bins->n_levels);
  bins->cut_start = cr_alloc_zero(p + 1, sizeof *bins->cut_start);
  bins->level_start = cr_alloc_zero(p + 1, sizeof *bins->level_start);
  if (bins->n_bins == NULL || bins->n_levels == NULL || bins->cut_start == NULL ||
      bins->level_start == NULL) {
    return cr_fail(err, CR_ENOMEM, "memory", "no memory for the bins of %zu columns", p);
  }
  for (size_t j = 0; j < p; j++) {
    const cr_column* column = &frame->column[j];
    bins->n_levels[j] = column->type == CR_COLUMN_LEVEL ? column->n_levels : 0;
    bins->level_start[j + 1] = bins->level_start[j] + bins->n_levels[j];
  }
  bins->level_code =
      cr_alloc_zero((size_t)bins->level_start[p], sizeof *bins->level_code);
  if (bins->level_code == NULL) {
    return cr_fail(err, CR_ENOMEM, "memory", "no memory for %d level codes",
                   (int)bins->level_start[p]);
  }
  return CR_OK;
}

// The cuts found side by side move together behind each other.
static cr_status pack_cuts(const learning* job, cr_bins* bins, cr_error* err) {
  for (size_t j = 0; j < bins->n_features; j++) {
    bins->cut_start[j + 1] = bins->cut_start[j] + job->n_cuts[j];
  }
  bins->cut = cr_alloc((size_t)bins->cut_start[bins->n_features], sizeof *bins->cut);
  if (bins->cut == NULL)
    return cr_fail(err, CR_ENOMEM, "memory", "no memory for the cuts");
  for (size_t j = 0; j < bins->n_features; j++) {
    memcpy(bins->cut + bins->cut_start[j], job->cut + j * CR_BINS_MAX,
           (size_t)job->n_cuts[j] * sizeof *bins->cut);
  }
  return CR_OK;
}

cr_status cr_bins_learn(const cr_frame* frame, const uint32_t* row, size_t n,
                        const double* weight, int max_bins, const cr_run* run,
                        cr_bins* bins, cr_error* err) {
  cr_status status = CR_OK;
  const size_t p = frame->n_columns;
  if (row == NULL) n = frame->n_rows;
  uint32_t* sample = cr_alloc(n < SAMPLE ? n : SAMPLE, sizeof *sample);
  learning job = {.frame = frame, .weight = weight, .max_bins = max_bins, .bins = bins};
  job.cut = cr_alloc(p, CR_BINS_MAX * sizeof *job.cut);
  job.n_cuts = cr_alloc_zero(p, sizeof *job.n_cuts);
  job.status = cr_alloc_zero(p, sizeof *job.status);
  if (sample == NULL || job.cut == NULL || job.n_cuts == NULL || job.status == NULL) {
    status = cr_fail(err, CR_ENOMEM, "memory", "no memory to learn %zu columns' bins", p);
    goto done;
  }
  CR_TRY(allocate(frame, bins, err));
  job.n = sample_rows(row, n, run->seed, sample);
  job.row = sample;
  CR_TRY(cr_team_for(run, p, learn_one, &job, err));
  for (size_t j = 0; j < p; j++) {
    if (job.status[j] == CR_OK) continue;
    status = cr_fail(err, job.status[j], "memory", "no memory for the bins of column %zu",
                     j + 1);
    goto done;
  }
  CR_TRY(pack_cuts(&job, bins, err));

done:
  cr_free(job.status);
  cr_free(job.n_cuts);
  cr_free(job.cut);
  cr_free(sample);
  if (status != CR_OK) cr_bins_free(bins);
  return status;
}

void cr_bins_free(cr_bins* bins) {
  cr_free(bins->n_bins);
  cr_free(bins->n_levels);
  cr_free(bins->cut_start);
  cr_free(bins->cut);
  cr_free(bins->level_start);
  cr_free(bins->level_code);
  memset(bins, 0, sizeof *bins);
}

static bool feature_is_valid(const cr_bins* bins, size_t j) {
  const int32_t n_bins = bins->n_bins[j];
  const int32_t n_cuts = bins->cut_start[j + 1] - bins->cut_start[j];
  if (n_bins < 0 || n_bins > CR_BINS_MAX) return false;
  if (bins->n_levels[j] > 0) {
    const uint8_t* code = bins->level_code + bins->level_start[j];
    for (int32_t l = 0; l < bins->n_levels[j]; l++) {
      if (code[l] > n_bins) return false;
    }
    return n_cuts == 0;
  }
  if (n_cuts != (n_bins == 0 ? 0 : n_bins - 1)) return false;
  const double* cut = bins->cut + bins->cut_start[j];
  for (int32_t c = 0; c < n_cuts; c++) {
    if (!isfinite(cut[c]) || (c > 0 && !(cut[c] > cut[c - 1]))) return false;
  }
  return true;
}

cr_status cr_bins_validate(const cr_bins* bins, size_t n_cuts, size_t n_codes,
                           cr_error* err) {
  const size_t p = bins->n_features;
  bool valid = bins->cut_start[0] == 0 && bins->level_start[0] == 0;
  for (size_t j = 0; j < p && valid; j++) {
    valid = bins->n_levels[j] >= 0 && bins->cut_start[j + 1] >= bins->cut_start[j] &&
            bins->level_start[j + 1] >= bins->level_start[j] &&
            bins->level_start[j + 1] - bins->level_start[j] == bins->n_levels[j];
  }
  valid = valid && (size_t)bins->cut_start[p] == n_cuts &&
          (size_t)bins->level_start[p] == n_codes;
  if (!valid)
    return cr_fail(err, CR_EMODEL, "bins", "the bins' offsets are not consistent");
  for (size_t j = 0; j < p; j++) {
    if (!feature_is_valid(bins, j)) {
      return cr_fail(err, CR_EMODEL, "bins", "the bins of feature %zu are not valid",
                     j + 1);
    }
  }
  return CR_OK;
}
