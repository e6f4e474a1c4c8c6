#include "additive/smooth.h"

#include <math.h>

#include "base/rng.h"
#include "check.h"

enum { MOST = 40, G = CR_SMOOTH_GRID, CODES = CR_SMOOTH_CODES };

static cr_smooth_sums sums[CODES];
static double place[CODES];

static void simulate(int n, uint64_t seed) {
  cr_rng rng = cr_rng_stream(seed, CR_FOR_SIMULATION, 0);
  place[0] = 0.0;
  for (int c = 0; c < CODES; c++) {
    sums[c].gradient = 3.0 * cr_rng_normal(&rng);
    sums[c].hessian = 10.0 * cr_rng_unit(&rng);
    if (c > 0) place[c] = place[c - 1] + 0.1 + cr_rng_unit(&rng);
  }
  if (n > 4) sums[3].hessian = sums[3].gradient = 0.0;  // a code without rows
}

// The quadratic form of the roughness, from its definition
static double roughness(const double* d, int n) {
  const double unit = (place[n] - place[1]) / (n - 1);
  double sum = 0.0;
  for (int i = 2; i < n; i++) {
    const double left = (place[i] - place[i - 1]) / unit;
    const double right = (place[i + 1] - place[i]) / unit;
    const double bend = (d[i + 1] - d[i]) / right - (d[i] - d[i - 1]) / left;
    sum += bend * bend / (0.5 * (left + right));
  }
  return sum;
}

// diag(hessian + ridge) + stiffness * rough as a full matrix: its (a, b) element by
// polarisation of the quadratic form
static void dense(int n, double stiffness, double a[MOST][MOST]) {
  for (int r = 0; r < n; r++) {
    for (int c = 0; c < n; c++) {
      double both[CODES] = {0}, one[CODES] = {0}, two[CODES] = {0};
      both[r + 1] += 1.0;
      both[c + 1] += 1.0;
      one[r + 1] = two[c + 1] = 1.0;
      const double form = roughness(both, n) - roughness(one, n) - roughness(two, n);
      a[r][c] = 0.5 * stiffness * form;
      if (r == c) a[r][c] += sums[r + 1].hessian + CR_SMOOTH_RIDGE;
    }
  }
}

// Gauss and Jordan, in place; the matrices here are diagonally strong enough
static void invert(int n, double a[MOST][MOST]) {
  for (int k = 0; k < n; k++) {
    const double pivot = a[k][k];
    a[k][k] = 1.0;
    for (int c = 0; c < n; c++) a[k][c] /= pivot;
    for (int r = 0; r < n; r++) {
      if (r == k) continue;
      const double factor = a[r][k];
      a[r][k] = 0.0;
      for (int c = 0; c < n; c++) a[r][c] -= factor * a[k][c];
    }
  }
}

static void steps_are_exact(void) {
  static double a[MOST][MOST];
  const int sizes[] = {1, 2, 3, 4, 5, 17, MOST};
  const double stiffnesses[] = {0.0, 0.3, 50.0, 1e4};
  for (size_t s = 0; s < 7; s++) {
    for (size_t k = 0; k < 4; k++) {
      const int n = sizes[s];
      simulate(n, s);
      cr_smooth_bands rough;
      double step[CODES];
      cr_smooth_roughness(place, n, &rough);
      cr_smooth_ordered(sums, n, &rough, stiffnesses[k], step);
      dense(n, stiffnesses[k], a);
      invert(n, a);
      for (int i = 0; i < n; i++) {
        double want = 0.0;
        for (int c = 0; c < n; c++) want -= a[i][c] * sums[c + 1].gradient;
        CHECK_NEAR(step[i + 1], want, 1e-9);
      }
      CHECK_NEAR(step[0], -sums[0].gradient / (sums[0].hessian + CR_SMOOTH_RIDGE), 1e-15);
    }
  }
}

static void straight_lines_cost_nothing(void) {
  simulate(20, 9);
  cr_smooth_bands rough;
  cr_smooth_roughness(place, 20, &rough);
  for (int i = 0; i < 20; i++) {
    double sum = rough.diagonal[i] * place[i + 1];
    if (i + 1 < 20) sum += rough.next[i] * place[i + 2];
    if (i + 2 < 20) sum += rough.second[i] * place[i + 3];
    if (i >= 1) sum += rough.next[i - 1] * place[i];
    if (i >= 2) sum += rough.second[i - 2] * place[i - 1];
    CHECK_NEAR(sum, 0.0, 1e-9);
  }
  // places that are one, or not there: no penalty and no division by nothing
  const double same[CODES] = {0};
  cr_smooth_roughness(same, 20, &rough);
  CHECK(rough.diagonal[5] == 0.0 && rough.next[5] == 0.0);
  const double twins[] = {0, 1, 2, 2, 2, 3};
  cr_smooth_roughness(twins, 5, &rough);
  for (int i = 0; i < 5; i++) CHECK(isfinite(rough.diagonal[i]));
}

static void freedom_is_the_trace(void) {
  static double a[MOST][MOST];
  cr_smooth_bands rough;
  simulate(30, 4);
  cr_smooth_roughness(place, 30, &rough);
  const double wanted[] = {2.2, 4.0, 9.0};
  for (size_t k = 0; k < 3; k++) {
    const double stiffness = cr_smooth_stiffness(sums, 30, &rough, wanted[k]);
    dense(30, stiffness, a);
    invert(30, a);
    double trace = 0.0;
    for (int i = 0; i < 30; i++) trace += a[i][i] * sums[i + 1].hessian;
    CHECK_NEAR(trace, wanted[k], 1e-6);

    const double pull = cr_smooth_stiffness(sums, 30, NULL, wanted[k]);
    double step[CODES];
    trace = 0.0;
    for (int i = 1; i <= 30; i++) {
      trace += sums[i].hessian / (sums[i].hessian + CR_SMOOTH_RIDGE + pull);
    }
    CHECK_NEAR(trace, wanted[k], 1e-6);
    cr_smooth_levels(sums, 30, pull, step);
    CHECK_NEAR(step[7], -sums[7].gradient / (sums[7].hessian + CR_SMOOTH_RIDGE + pull),
               1e-15);
  }
  CHECK(cr_smooth_stiffness(sums, 4, &rough, 4.0) == 0.0);
}

// Isotonic regression by its minimum-maximum formula
static double isotonic(int n, const double* value, int i) {
  double best = -INFINITY;
  for (int from = 1; from <= i; from++) {
    double least = INFINITY;
    for (int to = i; to <= n; to++) {
      double sum = 0.0, mass = 0.0;
      for (int k = from; k <= to; k++) {
        sum += value[k] * (sums[k].hessian + CR_SMOOTH_RIDGE);
        mass += sums[k].hessian + CR_SMOOTH_RIDGE;
      }
      least = fmin(least, sum / mass);
    }
    best = fmax(best, least);
  }
  return best;
}

static void monotone_is_the_projection(void) {
  for (uint64_t seed = 0; seed < 5; seed++) {
    simulate(25, seed);
    double value[CODES], turned[CODES], before[CODES];
    for (int i = 0; i < CODES; i++) {
      before[i] = value[i] = sums[i].gradient + 0.1 * i;
      turned[i] = -value[i];
    }
    cr_smooth_monotone(sums, 25, 1, value);
    cr_smooth_monotone(sums, 25, -1, turned);
    for (int i = 1; i <= 25; i++) {
      CHECK_NEAR(value[i], isotonic(25, before, i), 1e-12);
      CHECK(i == 1 || value[i] >= value[i - 1]);
      CHECK(turned[i] == -value[i]);
    }
    CHECK(value[0] == before[0]);  // missing has no direction
  }
}

static double worth_of(double g, double h, double ridge) {
  return 0.5 * g * g / (h + ridge);
}

// What a cut gains, from the cells themselves
static double gain_of(int row, int column, double ridge) {
  double g[2][2] = {{0}}, h[2][2] = {{0}};
  for (int a = 0; a < G; a++) {
    for (int b = 0; b < G; b++) {
      g[a > row][b > column] += sums[a * G + b].gradient;
      h[a > row][b > column] += sums[a * G + b].hessian;
    }
  }
  double four = 0.0, rows = 0.0, columns = 0.0;
  for (int k = 0; k < 2; k++) {
    for (int l = 0; l < 2; l++) four += worth_of(g[k][l], h[k][l], ridge);
    rows += worth_of(g[k][0] + g[k][1], h[k][0] + h[k][1], ridge);
    columns += worth_of(g[0][k] + g[1][k], h[0][k] + h[1][k], ridge);
  }
  return four - fmax(rows, columns);
}

static void quadrants_are_the_best(void) {
  for (uint64_t seed = 0; seed < 5; seed++) {
    simulate(CODES, seed);
    double best = 0.0, step[CODES];
    for (int a = 0; a + 1 < G; a++) {
      for (int b = 0; b + 1 < G; b++) best = fmax(best, gain_of(a, b, 20.0));
    }
    CHECK_NEAR(cr_smooth_quadrants(sums, 20.0, step), best, 1e-9);
    int different = 0;
    for (int c = 1; c < CODES; c++) different += step[c] != step[0];
    CHECK(different > 0);
  }
  // rows and columns alone: no interaction, no step
  double step[CODES];
  memset(sums, 0, sizeof sums);
  CHECK(cr_smooth_quadrants(sums, 20.0, step) == 0.0 && step[17] == 0.0);
  sums[3].gradient = 5.0;  // one cell without a hessian is one quadrant's
  sums[3].hessian = 1.0;
  CHECK(cr_smooth_quadrants(sums, 20.0, step) == 0.0);
}

void test_smooth(void) {
  steps_are_exact();
  straight_lines_cost_nothing();
  freedom_is_the_trace();
  monotone_is_the_projection();
  quadrants_are_the_best();
}
