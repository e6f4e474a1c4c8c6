#include "near/knn.h"

#include "base/mem.h"
#include "check.h"
#include "near_scene.h"

enum { K = 7 };

static near_scene scene;
static uint32_t rows[SCENE_ROWS], found[SCENE_ROWS * K], again[SCENE_ROWS * K];
static double distance[SCENE_ROWS * K], other[SCENE_ROWS * K];

// Every `step`-th row from `first`; returns how many
static size_t pick(size_t first, size_t step, uint32_t* row) {
  size_t n = 0;
  for (size_t i = first; i < SCENE_ROWS; i += step) row[n++] = (uint32_t)i;
  return n;
}

// The definition: row b is before c when it is nearer, or as near and first. The i-th
// neighbour has exactly i candidates before it.
static bool agrees_with_counting(const cr_space* space, const uint32_t* base,
                                 size_t n_base, const uint32_t* query, size_t n_query,
                                 int k) {
  cr_points all = {0};
  const cr_run run = {.threads = 1};
  bool agrees =
      cr_points_take(space, &scene.frame, NULL, SCENE_ROWS, &run, &all, NULL) == CR_OK;
  for (size_t q = 0; agrees && q < n_query; q++) {
    double square[SCENE_ROWS];
    for (size_t i = 0; i < n_base; i++) {
      square[i] = cr_space_distance(space, &all, query[q], &all, base[i]);
    }
    for (int r = 0; r < k; r++) {
      const uint32_t mine = found[q * (size_t)k + (size_t)r];
      const double its = cr_space_distance(space, &all, query[q], &all, mine);
      int before = 0;
      for (size_t i = 0; i < n_base; i++) {
        if (base[i] == query[q]) continue;
        before += square[i] < its || (square[i] == its && base[i] < mine);
      }
      agrees = agrees && mine != query[q] && before == r;
      agrees = agrees && distance[q * (size_t)k + (size_t)r] == sqrt(its);
    }
  }
  cr_points_free(&all);
  return agrees;
}

static void check_same_bits(const cr_space* space, const uint32_t* base, size_t n_base) {
  const cr_run ways[] = {{.threads = 2}, {.threads = 5}, {.simd = CR_SIMD_PORTABLE}};
  for (size_t w = 0; w < sizeof ways / sizeof *ways; w++) {
    memset(again, 0, sizeof again);
    CHECK(cr_knn_find(space, &scene.frame, base, n_base, rows, SCENE_ROWS, 4, &ways[w],
                      again, other, NULL) == CR_OK);
    CHECK(memcmp(found, again, SCENE_ROWS * 4 * sizeof *found) == 0);
    CHECK(memcmp(distance, other, SCENE_ROWS * 4 * sizeof *distance) == 0);
  }
}

static bool refuse(void* data, double done) {
  (void)data, (void)done;
  return false;
}

static void check_known_answer(void) {
  // 0 and 10 are as far from 5: the first row counts; rows 3 and 4 are equal
  const double x[] = {10, 5, 0, 2, 2};
  const cr_column column[] = {{CR_COLUMN_DOUBLE, x, NULL, 0}};
  const cr_frame frame = {5, 1, column};
  const uint32_t all[] = {0, 1, 2, 3, 4}, want[] = {1, 3, 3, 4, 3, 4, 4, 2, 3, 2};
  const cr_run run = {.threads = 1};
  cr_space space = {0};
  CHECK(cr_space_learn(&frame, NULL, 5, &run, &space, NULL) == CR_OK);
  CHECK(cr_knn_find(&space, &frame, all, 5, all, 5, 2, &run, found, NULL, NULL) == CR_OK);
  CHECK(memcmp(found, want, sizeof want) == 0);
  CHECK(cr_knn_find(&space, &frame, all, 3, all, 3, 2, &run, found, NULL, NULL) == CR_OK);
  CHECK(found[2] == 0 && found[3] == 2);  // of 5: the tie
  cr_space_free(&space);
}

static void check_can_be_cancelled(void) {
  enum { MANY = 60000 };
  static double x[MANY];
  static uint32_t all[MANY], near[MANY];
  for (uint32_t i = 0; i < MANY; i++) {
    x[i] = i;
    all[i] = i;
  }
  const cr_column column[] = {{CR_COLUMN_DOUBLE, x, NULL, 0}};
  const cr_frame frame = {MANY, 1, column};
  const cr_run run = {.threads = 2, .tick = refuse};
  cr_space space = {0};
  const cr_run calm = {.threads = 2};  // on a slow machine learning too would be asked
  CHECK(cr_space_learn(&frame, NULL, MANY, &calm, &space, NULL) == CR_OK);
  near[0] = 7;
  CHECK(cr_knn_find(&space, &frame, all, MANY, all, MANY, 1, &run, near, NULL, NULL) ==
        CR_ECANCELLED);
  CHECK(near[0] == 7);
  cr_space_free(&space);
}

void test_knn(void) {
  check_known_answer();

  static uint32_t some[SCENE_ROWS];
  const cr_run run = {.threads = 1};
  cr_space space = {0};
  pick(0, 1, rows);
  for (uint64_t seed = 1; seed <= 3; seed++) {
    fill_scene(&scene, seed);
    CHECK(cr_space_learn(&scene.frame, rows, 90, &run, &space, NULL) == CR_OK);
    for (size_t step = 1; step <= 13; step += 4) {
      const size_t n = pick(seed, step, some);
      const int k = step == 1 ? K : 3;
      CHECK(cr_knn_find(&space, &scene.frame, rows, SCENE_ROWS, some, n, k, &run, found,
                        distance, NULL) == CR_OK);
      CHECK(agrees_with_counting(&space, rows, SCENE_ROWS, some, n, k));
      CHECK(cr_knn_find(&space, &scene.frame, some, n, rows, SCENE_ROWS, 4, &run, found,
                        distance, NULL) == CR_OK);
      CHECK(agrees_with_counting(&space, some, n, rows, SCENE_ROWS, 4));
      if (step == 5) check_same_bits(&space, some, n);
    }
    // as many neighbours as there are other rows
    CHECK(cr_knn_find(&space, &scene.frame, rows, K + 1, rows, K + 1, K, &run, found,
                      distance, NULL) == CR_OK);
    CHECK(agrees_with_counting(&space, rows, K + 1, rows, K + 1, K));
    cr_space_free(&space);
  }

  CHECK(cr_space_learn(&scene.frame, rows, 90, &run, &space, NULL) == CR_OK);
  memset(found, 1, sizeof found);
  memcpy(again, found, sizeof found);
  CHECK_ALLOCATIONS(
      cr_knn_find(&space, &scene.frame, rows, 50, rows, 50, 2, &run, again, NULL, NULL),
      (void)0);
  cr_space_free(&space);
  check_can_be_cancelled();
}
