#include "additive/pairs.h"

#include <math.h>

#include "base/rng.h"
#include "check.h"

enum { G = CR_SMOOTH_GRID, CODES = CR_SMOOTH_CODES, N = 5000, M = 4 };

static void groups(void) {
  double mass[CODES] = {0}, effect[CODES] = {0};
  uint8_t coarse[CODES];
  for (int c = 1; c <= 100; c++) mass[c] = 1.0;
  cr_pairs_coarsen(mass, 100, 1, effect, coarse);
  int size[G] = {0};
  for (int c = 1; c <= 100; c++) {
    CHECK(c == 1 || coarse[c] == coarse[c - 1] || coarse[c] == coarse[c - 1] + 1);
    size[coarse[c]]++;
  }
  for (int g = 0; g < G; g++) CHECK(size[g] == 6 || size[g] == 7);

  mass[0] = 3.0;  // missing: the first group, alone
  cr_pairs_coarsen(mass, 100, 1, effect, coarse);
  CHECK(coarse[0] == 0 && coarse[1] == 1 && coarse[100] == G - 1 && coarse[101] == 0);

  // few codes: a group each; a heavy code does not swallow its neighbours
  const double few[CODES] = {0, 50, 1, 1};
  cr_pairs_coarsen(few, 3, 1, effect, coarse);
  CHECK(coarse[1] == 0 && coarse[2] == 1 && coarse[3] == 2);

  // levels stand in the order of their effect
  const double said[CODES] = {0, 0.3, -0.2, 0.1, 0.1};
  cr_pairs_coarsen(mass, 4, 0, said, coarse);
  CHECK(coarse[2] == 1 && coarse[3] == 2 && coarse[4] == 3 && coarse[1] == 4);
}

// Columns 0 and 2 interact, all else is noise
static void screens(void) {
  static uint8_t coarse[M * N];
  static cr_smooth_sums row[N];
  cr_rng rng = cr_rng_stream(3, CR_FOR_SIMULATION, 0);
  for (size_t i = 0; i < N; i++) {
    for (size_t c = 0; c < M; c++) coarse[c * N + i] = (uint8_t)cr_rng_below(&rng, G);
    const int same = (coarse[i] > 7) == (coarse[2 * N + i] > 7);
    row[i].hessian = 0.1;
    row[i].gradient = cr_rng_unit(&rng) - 0.5 + (same ? 0.2 : -0.2);
  }
  double gain[6], again[6];
  const cr_run one = {.threads = 1}, many = {.threads = 3};
  CHECK(cr_pairs_screen(coarse, M, N, row, 20.0, &one, gain, NULL) == CR_OK);
  CHECK(cr_pairs_screen(coarse, M, N, row, 20.0, &many, again, NULL) == CR_OK);
  CHECK(memcmp(gain, again, sizeof gain) == 0);
  for (int k = 0; k < 6; k++) CHECK(k == 1 || gain[k] < 0.2 * gain[1]);  // pair (0, 2)

  cr_smooth_sums sums[CODES] = {{0.0, 0.0}};  // the pair (1, 3), counted here
  for (size_t i = 0; i < N; i++) {
    cr_smooth_sums* cell = &sums[coarse[N + i] * G + coarse[3 * N + i]];
    cell->gradient += row[i].gradient;
    cell->hessian += row[i].hessian;
  }
  double step[CODES];
  CHECK_NEAR(gain[4], cr_smooth_quadrants(sums, 20.0, step), 1e-9);
}

static void purity(void) {
  double mass[CODES], pair[CODES], first[CODES], second[CODES];
  uint8_t group_a[CODES] = {0}, group_b[CODES] = {0};
  double before[30][20];
  cr_rng rng = cr_rng_stream(5, CR_FOR_SIMULATION, 0);
  for (int c = 0; c < CODES; c++) {
    mass[c] = cr_rng_below(&rng, 3) == 0 ? 0.0 : cr_rng_unit(&rng);
    pair[c] = cr_rng_normal(&rng);
    first[c] = cr_rng_normal(&rng);
    second[c] = cr_rng_normal(&rng);
    group_a[c] = (uint8_t)(c < 30 ? c / 2 : 0);
    group_b[c] = (uint8_t)(c < 20 ? c % G : 0);
  }
  for (int a = 0; a < 30; a++) {
    for (int b = 0; b < 20; b++) {
      before[a][b] = first[a] + second[b] + pair[group_a[a] * G + group_b[b]];
    }
  }
  cr_pairs_purify(mass, group_a, group_b, pair, first, second);
  for (int a = 0; a < 30; a++) {
    for (int b = 0; b < 20; b++) {
      CHECK_NEAR(first[a] + second[b] + pair[group_a[a] * G + group_b[b]], before[a][b],
                 1e-11);
    }
  }
  for (int line = 0; line < G; line++) {
    double by_row = 0.0, by_column = 0.0;
    for (int k = 0; k < G; k++) {
      by_row += mass[line * G + k] * pair[line * G + k];
      by_column += mass[k * G + line] * pair[k * G + line];
    }
    CHECK_NEAR(by_row, 0.0, 1e-10);
    CHECK_NEAR(by_column, 0.0, 1e-10);
  }
}

void test_pairs(void) {
  groups();
  screens();
  purity();
}
