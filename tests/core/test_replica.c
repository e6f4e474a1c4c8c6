#include "metric/replica.h"

#include "base/rng.h"
#include "check.h"

enum { N = 600, RESAMPLES = 40, BLOCKS = 12 };

static double score[N], weight[N];
static int32_t event[N], block[N];

static void simulate(void) {
  cr_rng rng = cr_rng_stream(4, CR_FOR_SIMULATION, 77);
  for (size_t i = 0; i < N; i++) {
    event[i] = cr_rng_unit(&rng) < 0.3;
    score[i] = (double)cr_rng_below(&rng, 80);
    weight[i] = (double)(1 + cr_rng_below(&rng, 4));
    block[i] = (int32_t)cr_rng_below(&rng, BLOCKS);
  }
}

// Mass of the events, of the rest, and of events weighted by their row.
static cr_status sums(const cr_layout* l, const double* mass,
                      const cr_replica_scratch* scratch, const void* spec, double* out) {
  (void)spec;
  if (scratch->pool == NULL) return CR_EINPUT;  // a worker cannot CHECK
  out[0] = out[1] = out[2] = 0.0;
  for (size_t i = 0; i < l->n; i++) {
    const int is_event = l->code[i] & CR_IS_EVENT;
    out[is_event ? 0 : 1] += mass[i];
    if (is_event) out[2] += mass[i] * (double)l->row[i];
  }
  return CR_OK;
}

// The same draws, the slow way.
static void slow_rows(const cr_layout* l, uint64_t seed, size_t b, double out[3]) {
  cr_rng rng = cr_rng_stream(seed, CR_FOR_BOOTSTRAP, b);
  out[0] = out[1] = out[2] = 0.0;
  for (uint32_t d = 0; d < l->n; d++) {
    const uint32_t row = l->row[cr_rng_below(&rng, (uint32_t)l->n)];
    out[event[row] ? 0 : 1] += weight[row];
    if (event[row]) out[2] += weight[row] * (double)row;
  }
}

static void slow_within(const cr_layout* l, uint64_t seed, size_t b, double out[3]) {
  cr_rng rng = cr_rng_stream(seed, CR_FOR_BOOTSTRAP, b);
  out[0] = out[1] = out[2] = 0.0;
  for (int k = 0; k < 2; k++) {
    uint32_t of_class[N];
    uint32_t n = 0;
    for (size_t i = 0; i < l->n; i++) {
      if ((l->code[i] & CR_IS_EVENT) == k) of_class[n++] = l->row[i];
    }
    for (uint32_t d = 0; d < n; d++) {
      const uint32_t row = of_class[cr_rng_below(&rng, n)];
      out[k ? 0 : 1] += weight[row];
      if (k) out[2] += weight[row] * (double)row;
    }
  }
}

static void slow_blocks(uint64_t seed, size_t b, double out[3]) {
  cr_rng rng = cr_rng_stream(seed, CR_FOR_BOOTSTRAP, b);
  out[0] = out[1] = out[2] = 0.0;
  for (uint32_t d = 0; d < BLOCKS; d++) {
    const int32_t drawn = (int32_t)cr_rng_below(&rng, BLOCKS);
    for (size_t i = 0; i < N; i++) {
      if (block[i] != drawn) continue;
      out[event[i] ? 0 : 1] += weight[i];
      if (event[i]) out[2] += weight[i] * (double)i;
    }
  }
}

static void draws(void) {
  const cr_layout_spec spec = {0};
  cr_layout l;
  CHECK(cr_layout_make(score, event, weight, N, &spec, &l, NULL) == CR_OK);
  double one[3 * RESAMPLES], many[3 * RESAMPLES], slow[3];
  for (int kind = 0; kind < 3; kind++) {
    const cr_replica_plan plan = {&l, (cr_replica_draw)kind, block, BLOCKS, RESAMPLES};
    cr_run run = {.threads = 1, .seed = 5};
    CHECK(cr_replica_run(&plan, sums, NULL, 3, &run, one, NULL) == CR_OK);
    for (size_t b = 0; b < RESAMPLES; b++) {
      if (kind == CR_DRAW_ROWS) slow_rows(&l, run.seed, b, slow);
      if (kind == CR_DRAW_WITHIN_CLASSES) slow_within(&l, run.seed, b, slow);
      if (kind == CR_DRAW_BLOCKS) slow_blocks(run.seed, b, slow);
      for (int k = 0; k < 3; k++) CHECK(one[3 * b + (size_t)k] == slow[k]);
    }
    const int threads[] = {2, 3, 8};
    for (size_t t = 0; t < 3; t++) {
      run.threads = threads[t];
      CHECK(cr_replica_run(&plan, sums, NULL, 3, &run, many, NULL) == CR_OK);
      CHECK(memcmp(one, many, sizeof one) == 0);
    }
    CHECK_ALLOCATIONS(cr_replica_run(&plan, sums, NULL, 3, &(cr_run){0}, many, NULL),
                      (void)0);
  }
  double once[3];
  CHECK(cr_replica_once(&l, sums, NULL, 3, once, NULL) == CR_OK);
  double total[2] = {0.0, 0.0};
  for (size_t i = 0; i < N; i++) total[event[i]] += weight[i];
  CHECK(once[0] == total[1] && once[1] == total[0]);
  CHECK_ALLOCATIONS(cr_replica_once(&l, sums, NULL, 3, once, NULL), (void)0);
  cr_layout_free(&l);
}

// What needs a class that is absent is NaN, in a resample as in the rows given.
static void one_class(void) {
  const int32_t ones[] = {1, 1, 1}, mixed[] = {0, 1, 1};
  const int32_t apart[] = {0, 1, 1};
  const cr_layout_spec spec = {0};
  cr_layout l;
  double out[3 * RESAMPLES];
  CHECK(cr_layout_make(score, ones, NULL, 3, &spec, &l, NULL) == CR_OK);
  CHECK(cr_replica_once(&l, sums, NULL, 3, out, NULL) == CR_OK && isnan(out[0]));
  cr_layout_free(&l);
  CHECK(cr_layout_make(score, mixed, NULL, 3, &spec, &l, NULL) == CR_OK);
  const cr_replica_plan plan = {&l, CR_DRAW_BLOCKS, apart, 2, RESAMPLES};
  const cr_run run = {.seed = 1};
  CHECK(cr_replica_run(&plan, sums, NULL, 3, &run, out, NULL) == CR_OK);
  int absent = 0;
  for (size_t b = 0; b < RESAMPLES; b++) absent += isnan(out[3 * b]) != 0;
  CHECK(absent > 5 && absent < 35);  // half of the samples have one block only
  cr_layout_free(&l);
}

static cr_status broken(const cr_layout* l, const double* mass,
                        const cr_replica_scratch* scratch, const void* spec,
                        double* out) {
  (void)l, (void)mass, (void)scratch, (void)spec, (void)out;
  return CR_ENOMEM;
}

static bool refuse(void* data, double done) {
  (void)data;
  (void)done;
  return false;
}

static void stops(void) {
  const cr_layout_spec spec = {0};
  cr_layout l;
  CHECK(cr_layout_make(score, event, NULL, N, &spec, &l, NULL) == CR_OK);
  static double long_run[3 * 200000];
  const cr_replica_plan plan = {&l, CR_DRAW_ROWS, NULL, 0, 200000};
  cr_run run = {.threads = 2, .tick = refuse};
  cr_error err;
  CHECK(cr_replica_run(&plan, sums, NULL, 3, &run, long_run, &err) == CR_ECANCELLED);
  run.tick = NULL;
  CHECK(cr_replica_run(&plan, broken, NULL, 3, &run, long_run, &err) == CR_ENOMEM);
  CHECK(cr_replica_once(&l, broken, NULL, 3, long_run, &err) == CR_ENOMEM);
  cr_layout_free(&l);
}

void test_replica(void) {
  simulate();
  draws();
  one_class();
  stops();
}
