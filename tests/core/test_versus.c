#include "tree/versus.h"

#include "base/mem.h"
#include "base/rng.h"
#include "check.h"
#include "plant.h"
#include "tree/score.h"

enum { P = 8, PLAYERS = 5, ROWS = 150 };

static const int32_t PLAYER[P] = {0, 1, 2, 2, 3, 4, 4, 4};

static double output_of(const cr_trees* trees, uint8_t* row) {
  const cr_codes one = {.n_rows = 1, .n_features = P, .column = row};
  const cr_run run = {.threads = 1};
  double output;
  CHECK(cr_score_codes(trees, &one, 0.0, &run, &output, NULL) == CR_OK);
  return output;
}

static double factorial(int n) { return n < 2 ? 1.0 : n * factorial(n - 1); }

// Shapley's formula over all sets of players.
static void brute_force(const cr_trees* trees, const uint8_t* row, const uint8_t* other,
                        double* value, double* restored) {
  double v[1 << PLAYERS];
  for (unsigned s = 0; s < 1U << PLAYERS; s++) {
    uint8_t mixed[P];
    for (size_t j = 0; j < P; j++) mixed[j] = s >> PLAYER[j] & 1 ? row[j] : other[j];
    v[s] = output_of(trees, mixed);
  }
  const unsigned all = (1U << PLAYERS) - 1;
  for (int k = 0; k < PLAYERS; k++) {
    value[k] = 0.0;
    restored[k] = v[all] - v[all & ~(1U << k)];
    for (unsigned s = 0; s <= all; s++) {
      if (s >> k & 1) continue;
      const int size = __builtin_popcount(s);
      value[k] += factorial(size) * factorial(PLAYERS - size - 1) / factorial(PLAYERS) *
                  (v[s | 1U << k] - v[s]);
    }
  }
}

static void agrees(int n_leaves, bool chain) {
  static uint8_t column[P * ROWS];
  static double value[PLAYERS * ROWS], restored[PLAYERS * ROWS], again[PLAYERS * ROWS];
  cr_rng rng = cr_rng_stream(47, CR_FOR_SIMULATION, (uint64_t)n_leaves);
  for (size_t i = 0; i < sizeof column; i++) {
    column[i] = cr_rng_below(&rng, 8) == 0 ? 0 : (uint8_t)cr_rng_below(&rng, 256);
  }
  uint8_t other[P];
  for (size_t j = 0; j < P; j++) other[j] = (uint8_t)cr_rng_below(&rng, 256);
  cr_trees trees = {0};
  plant(P, 9, n_leaves, chain, &rng, &trees);
  const cr_codes codes = {.n_rows = ROWS, .n_features = P, .column = column};
  const cr_codes reference = {.n_rows = 1, .n_features = P, .column = other};
  const cr_run two = {.threads = 2}, one = {.threads = 1};
  CHECK(cr_versus_codes(&trees, &codes, &reference, PLAYER, PLAYERS, &two, value,
                        restored, NULL) == CR_OK);
  for (size_t i = 0; i < ROWS; i++) {
    uint8_t row[P];
    double sum = output_of(&trees, other);
    double expected[PLAYERS], expected_restored[PLAYERS];
    for (size_t j = 0; j < P; j++) row[j] = column[j * ROWS + i];
    for (size_t k = 0; k < PLAYERS; k++) sum += value[k * ROWS + i];
    CHECK_NEAR(sum, output_of(&trees, row), 1e-12);
    if (i % 5 != 0) continue;
    brute_force(&trees, row, other, expected, expected_restored);
    for (size_t k = 0; k < PLAYERS; k++) {
      CHECK_NEAR(value[k * ROWS + i], expected[k], 1e-12);
      CHECK_NEAR(restored[k * ROWS + i], expected_restored[k], 1e-12);
    }
  }
  CHECK(cr_versus_codes(&trees, &codes, &reference, PLAYER, PLAYERS, &one, again,
                        restored, NULL) == CR_OK);
  CHECK(memcmp(again, value, sizeof value) == 0);
  CHECK_ALLOCATIONS(cr_versus_codes(&trees, &codes, &reference, PLAYER, PLAYERS, &one,
                                    again, restored, NULL),
                    (void)0);
  cr_trees_free(&trees);
}

void test_versus(void) {
  agrees(1, false);
  agrees(2, false);
  agrees(6, false);
  agrees(31, false);
  agrees(64, true);  // 63 splits deep

  cr_rng rng = cr_rng_stream(1, CR_FOR_SIMULATION, 0);
  cr_trees trees = {0};
  plant(P, 1, 67, true, &rng, &trees);
  uint8_t row[P] = {0};
  const cr_codes codes = {.n_rows = 1, .n_features = P, .column = row};
  const cr_run run = {.threads = 1};
  double value[PLAYERS], restored[PLAYERS];
  CHECK(cr_versus_codes(&trees, &codes, &codes, PLAYER, PLAYERS, &run, value, restored,
                        NULL) == CR_ELIMIT);
  cr_trees_free(&trees);
}
