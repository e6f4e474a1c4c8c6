#include "tree/shap.h"

#include <string.h>

#include "base/mem.h"
#include "tree/owen.h"

#include "base/exact.h"

enum {
  LANES = CR_OWEN_LANES,
  TABLE_ROWS = 512,       // with fewer rows tables do not pay
  BLOCK_NUMBERS = 65536,  // contributions of a block of rows: half a megabyte
  BLOCK_ROWS = 1024,
  BATCH_NUMBERS = 8 << 20  // in the tables of a batch of trees: 64 MB
};

typedef uint8_t bytes __attribute__((vector_size(32)));

// What a member works with: room for a group, and the columns of a block of rows.
typedef struct {
  cr_owen owen;
  double* block;
} scratch;

typedef struct {
  const cr_trees* trees;
  const cr_codes* codes;
  const cr_paths* paths;
  bool interactions;
  const cr_run* run;
  bool avx2;
  size_t n_columns, block_rows;
  scratch* scratch;     // by worker
  size_t* table_start;  // by group; NULL: no tables
  double* table;
  double* value;
} explaining;

// ---- one group ----

// Every combination of answers, as if they were rows.
static void fill_table(size_t group, int worker, void* data) {
  const explaining* job = data;
  if (job->table_start[group + 1] == job->table_start[group]) return;
  const scratch* s = &job->scratch[worker];
  const size_t splits = cr_paths_splits(job->paths, group),
               patterns = (size_t)1 << splits;
  const size_t terms =
      cr_owen_terms(cr_paths_slots(job->paths, group), job->interactions);
  double* table = job->table + job->table_start[group];
  for (size_t from = 0; from < patterns; from += LANES) {
    const size_t n = patterns - from < LANES ? patterns - from : LANES;
    for (size_t b = 0; b < splits; b++) {
      for (size_t r = 0; r < LANES; r++) {
        s->owen.right[b * LANES + r] = (from + r) >> b & 1 ? 255 : 0;
      }
    }
    cr_owen_add(&s->owen, job->paths, group, n, job->run->simd);
    for (size_t k = 0; k < terms; k++) {
      memcpy(table + k * patterns + from, s->owen.term + k * LANES, n * sizeof *table);
    }
  }
}

// ---- rows ----

// Answers of up to LANES rows to a group's splits.
static inline __attribute__((always_inline)) void answer(const explaining* job,
                                                         size_t group, size_t start,
                                                         size_t n, uint8_t* right) {
  const cr_paths* paths = job->paths;
  const size_t from = (size_t)paths->group_split[group];
  const size_t end = (size_t)paths->group_split[group + 1];
  const uint8_t* subset_bits = job->trees->subset_bits;
  for (size_t b = from; b < end; b++, right += LANES) {
    const cr_paths_split split = paths->split[b];
    const uint8_t* code =
        job->codes->column + (size_t)split.feature * job->codes->n_rows + start;
    if (n == LANES && split.subset < 0) {
      for (size_t half = 0; half < LANES; half += sizeof(bytes)) {
        bytes v;
        memcpy(&v, code + half, sizeof v);
        v = (bytes)((bytes)(v - split.shift) > split.last);
        memcpy(right + half, &v, sizeof v);
      }
    } else {
      for (size_t r = 0; r < n; r++) {
        right[r] = cr_paths_goes_right(&split, subset_bits, code[r]) ? 255 : 0;
      }
      memset(right + n, 0, LANES - n);
    }
  }
}

static inline __attribute__((always_inline)) void join(const uint8_t* right,
                                                       size_t splits, uint8_t* pattern) {
  for (size_t half = 0; half < LANES; half += sizeof(bytes)) {
    bytes joined = {0}, v;
    for (size_t b = 0; b < splits; b++) {
      memcpy(&v, right + b * LANES + half, sizeof v);
      joined |= v & (uint8_t)(1U << b);
    }
    memcpy(pattern + half, &joined, sizeof joined);
  }
}

// The column of a pair of features, j < k, behind the n_features of the features
// themselves.
static size_t column_of(size_t n_features, size_t j, size_t k) {
  return n_features + k * (k - 1) / 2 + j;
}

// One group's terms added to the columns of LANES rows at `at` in the block.
static inline __attribute__((always_inline)) void add_group(const explaining* job,
                                                            size_t group, size_t start,
                                                            size_t n, const scratch* s,
                                                            size_t at) {
  const cr_paths* paths = job->paths;
  const size_t slots = cr_paths_slots(paths, group),
               splits = cr_paths_splits(paths, group);
  const size_t terms = cr_owen_terms(slots, job->interactions);
  const int32_t* feature = paths->slot_feature + paths->group_slot[group];
  const size_t p = job->codes->n_features;
  const bool looked_up =
      job->table != NULL && job->table_start[group + 1] > job->table_start[group];
  uint8_t pattern[LANES];
  answer(job, group, start, n, s->owen.right);
  if (looked_up) {
    join(s->owen.right, splits, pattern);
  } else {
    cr_owen_add(&s->owen, job->paths, group, n, job->run->simd);
  }
  size_t j = 0, k = 0;  // the pair of a term behind the slots
  for (size_t i = 0; i < terms; i++) {
    size_t column;
    if (i < slots) {
      column = (size_t)feature[i];
    } else {
      if (j == k) j = 0, k++;
      column = column_of(p, (size_t)feature[j++], (size_t)feature[k]);
    }
    double* to = s->block + column * job->block_rows + at;
    if (looked_up) {
      const double* table = job->table + job->table_start[group] + (i << splits);
      for (size_t r = 0; r < n; r++) to[r] += table[pattern[r]];
    } else {
      const double* term = s->owen.term + i * LANES;
      for (size_t r = 0; r < n; r++) to[r] += term[r];
    }
  }
}

static inline __attribute__((always_inline)) void add_groups(const explaining* job,
                                                             size_t from, size_t end,
                                                             const scratch* s) {
  for (size_t group = 0; group < job->paths->n_groups; group++) {
    for (size_t start = from; start < end; start += LANES) {
      const size_t n = end - start < LANES ? end - start : LANES;
      add_group(job, group, start, n, s, start - from);
    }
  }
}

CR_AVX2 static void add_groups_avx2(const explaining* job, size_t from, size_t end,
                                    const scratch* s) {
  add_groups(job, from, end, s);
}

static void add_groups_portable(const explaining* job, size_t from, size_t end,
                                const scratch* s) {
  add_groups(job, from, end, s);
}

// The result's column of a feature, or of a pair j < k.
static double* result_of(const explaining* job, size_t j, size_t k) {
  const size_t p = job->interactions ? job->codes->n_features : 0;
  return job->value + (k * p + j) * job->codes->n_rows;
}

// Copies the block's columns out of the result, or back.
static void copy_block(const explaining* job, double* block, size_t from, size_t end,
                       bool back) {
  const size_t p = job->codes->n_features, size = (end - from) * sizeof *block;
  for (size_t k = 0; k < p; k++) {
    for (size_t j = job->interactions ? 0 : k; j <= k; j++) {
      double* result = result_of(job, j, k) + from;
      double* column = block + (j == k ? k : column_of(p, j, k)) * job->block_rows;
      memcpy(back ? result : column, back ? column : result, size);
    }
  }
}

static void explain_task(size_t task, int worker, void* data) {
  const explaining* job = data;
  const scratch* s = &job->scratch[worker];
  const size_t n = job->codes->n_rows, rows = job->block_rows, from = task * rows;
  const size_t end = n - from < rows ? n : from + rows;
  copy_block(job, s->block, from, end, false);
  (job->avx2 ? add_groups_avx2 : add_groups_portable)(job, from, end, s);
  copy_block(job, s->block, from, end, true);
}

// Pairs stand both ways round; what is left of a feature's contribution is its own.
static void split_task(size_t j, int worker, void* data) {
  (void)worker;
  const explaining* job = data;
  const size_t n = job->codes->n_rows, p = job->codes->n_features;
  double* own = job->value + (j * p + j) * n;
  for (size_t k = 0; k < p; k++) {
    if (k == j) continue;
    const size_t low = j < k ? j : k, high = j < k ? k : j;
    const double* pair = job->value + (high * p + low) * n;
    for (size_t i = 0; i < n; i++) own[i] -= pair[i];
    if (k < j) memcpy(job->value + (k * p + j) * n, pair, n * sizeof *pair);
  }
}

// ---- set-up ----

static void free_scratch(explaining* job, size_t n_workers) {
  for (size_t w = 0; job->scratch != NULL && w < n_workers; w++) {
    cr_owen_free(&job->scratch[w].owen);
    cr_free(job->scratch[w].block);
  }
  cr_free(job->scratch);
  job->scratch = NULL;
}

static cr_status make_scratch(explaining* job, size_t n_workers, cr_error* err) {
  cr_status status = CR_OK;
  job->scratch = cr_alloc_zero(n_workers, sizeof *job->scratch);
  for (size_t w = 0; job->scratch != NULL && w < n_workers; w++) {
    CR_TRY(cr_owen_make(job->paths, job->interactions, &job->scratch[w].owen, err));
    job->scratch[w].block =
        cr_alloc(job->n_columns * job->block_rows, sizeof *job->scratch[w].block);
    if (job->scratch[w].block == NULL) status = CR_ENOMEM;
  }
  if (job->scratch == NULL || status != CR_OK) {
    status = cr_fail(err, CR_ENOMEM, "memory", "no memory to explain %zu rows",
                     job->codes->n_rows);
  }

done:
  return status;
}

static size_t table_size(const cr_paths* paths, size_t group, bool interactions) {
  const size_t splits = cr_paths_splits(paths, group);
  if (splits > CR_PATHS_BITS) return 0;
  return cr_owen_terms(cr_paths_slots(paths, group), interactions) << splits;
}

// Works out all answers of the groups that have few splits.
static cr_status make_tables(explaining* job, const cr_run* run, cr_error* err) {
  const size_t n_groups = job->paths->n_groups;
  job->table_start = cr_alloc(n_groups + 1, sizeof *job->table_start);
  if (job->table_start == NULL) goto no_memory;
  job->table_start[0] = 0;
  for (size_t g = 0; g < n_groups; g++) {
    job->table_start[g + 1] =
        job->table_start[g] + table_size(job->paths, g, job->interactions);
  }
  job->table = cr_alloc(job->table_start[n_groups], sizeof *job->table);
  if (job->table == NULL) goto no_memory;
  return cr_team_for(run, n_groups, fill_table, job, err);

no_memory:
  return cr_fail(err, CR_ENOMEM, "memory", "no memory to explain %zu trees",
                 job->trees->n_trees);
}

static cr_status explain_batch(explaining* job, const cr_run* run, cr_error* err) {
  cr_status status = CR_OK;
  const size_t n = job->codes->n_rows, rows = job->block_rows;
  const size_t n_workers = (size_t)cr_team_threads(run);
  if (job->paths->max_entries == 0) return CR_OK;  // no tree has a split
  CR_TRY(make_scratch(job, n_workers, err));
  if (n >= TABLE_ROWS) CR_TRY(make_tables(job, run, err));
  CR_TRY(cr_team_for(run, (n + rows - 1) / rows, explain_task, job, err));

done:
  free_scratch(job, n_workers);
  cr_free(job->table_start);
  cr_free(job->table);
  job->table_start = NULL;
  job->table = NULL;
  return status;
}

// Numbers that a batch keeps once tree `t` is in it, tables and paths.
static size_t batch_size(const cr_paths* paths, size_t from_group, bool interactions) {
  size_t size = 0;
  for (size_t g = from_group; g < paths->n_groups; g++) {
    size += table_size(paths, g, interactions);
  }
  return size;
}

static size_t rows_of_block(size_t n_columns) {
  const size_t rows = BLOCK_NUMBERS / (n_columns + 1) / LANES * LANES;
  if (rows < LANES) return LANES;
  return rows > BLOCK_ROWS ? BLOCK_ROWS : rows;
}

static cr_status mean_of(const cr_trees* trees, double* mean, cr_error* err) {
  double* spare = cr_alloc(trees->n_nodes, sizeof *spare);
  if (spare == NULL) {
    return cr_fail(err, CR_ENOMEM, "memory", "no memory to explain %zu trees",
                   trees->n_trees);
  }
  double sum = 0.0;
  for (size_t t = 0; t < trees->n_trees; t++) sum += cr_paths_mean(trees, t, spare);
  *mean = sum;
  cr_free(spare);
  return CR_OK;
}

cr_status cr_shap_codes(const cr_trees* trees, const cr_codes* codes, bool interactions,
                        const cr_run* run, double* mean, double* value, cr_error* err) {
  cr_status status = CR_OK;
  const size_t p = codes->n_features;
  cr_paths paths = {0};
  explaining job = {.trees = trees,
                    .codes = codes,
                    .paths = &paths,
                    .interactions = interactions,
                    .run = run,
                    .avx2 = cr_simd_avx2(run->simd),
                    .n_columns = cr_owen_terms(p, interactions),
                    .value = value};
  job.block_rows = rows_of_block(job.n_columns);
  const size_t n_results = interactions ? p * p : p;
  if (codes->n_rows > 0) memset(value, 0, n_results * codes->n_rows * sizeof *value);
  size_t size = 0;
  for (size_t t = 0; t < trees->n_trees; t++) {
    const size_t from_group = paths.n_groups;
    CR_TRY(cr_paths_add(trees, t, &paths, err));
    size += batch_size(&paths, from_group, interactions);
    const bool full = size + 4 * paths.n_conditions > BATCH_NUMBERS;
    if (!full && t + 1 < trees->n_trees) continue;
    CR_TRY(explain_batch(&job, run, err));
    cr_paths_clear(&paths);
    size = 0;
  }
  if (interactions) CR_TRY(cr_team_for(run, p, split_task, &job, err));
  CR_TRY(mean_of(trees, mean, err));

done:
  cr_paths_free(&paths);
  return status;
}
