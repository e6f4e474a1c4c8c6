#include "additive/cycle.h"

#include <math.h>

#include "base/rng.h"
#include "base/xmath.h"
#include "check.h"

enum { N = 4000, CODES = CR_SMOOTH_CODES };

static cr_smooth_bands rough;

// Two terms: a number of ten codes and a factor of three. log-odds = 0.3 (code - 5) on
// the number, and 1 for level 2.
static void fill(cr_cycle_rows* rows, size_t n, int weighted, uint64_t seed) {
  cr_rng rng = cr_rng_stream(seed, CR_FOR_SIMULATION, 0);
  CHECK(cr_cycle_make(n, 2, weighted, rows, NULL) == CR_OK);
  for (size_t i = 0; i < n; i++) {
    const uint32_t a = 1 + cr_rng_below(&rng, 10), b = 1 + cr_rng_below(&rng, 3);
    const double eta = 0.3 * ((double)a - 5.0) + (b == 2) - 1.0;
    rows->code[i] = (uint8_t)a;
    rows->code[n + i] = (uint8_t)b;
    rows->event[i] = cr_rng_unit(&rng) < cr_logistic(eta);
    rows->score[i] = -0.5;
    if (weighted) rows->weight[i] = 1.0 + (double)cr_rng_below(&rng, 2);
  }
}

static void terms_of(cr_term term[2]) {
  double place[CODES];
  for (int c = 0; c < CODES; c++) place[c] = c;
  cr_smooth_roughness(place, 10, &rough);
  term[0] = (cr_term){.kind = CR_TERM_ORDERED, .n_codes = 10, .rough = &rough};
  term[1] = (cr_term){.kind = CR_TERM_LEVELS, .n_codes = 3};
}

// Without penalties (but the small ridge, which vanishes at rest) and many rounds: the
// score equations of the maximum likelihood
static void reaches_the_maximum(void) {
  const cr_run run = {0};
  for (int weighted = 0; weighted < 2; weighted++) {
    cr_cycle_rows train = {0}, none = {0};
    fill(&train, N, weighted, 1);
    CHECK(cr_cycle_make(0, 2, 0, &none, NULL) == CR_OK);
    cr_term term[2];
    terms_of(term);
    const cr_cycle_settings settings = {400, 0.5, 10};
    double table[2 * CODES];
    cr_cycle_result out;
    CHECK(cr_cycle_run(term, 2, &settings, &train, &none, &run, table, &out, NULL) ==
          CR_OK);
    CHECK(out.best == 400 && out.rounds == 400 && isnan(out.loss));
    double residual[14] = {0};
    for (size_t i = 0; i < N; i++) {
      const uint8_t a = train.code[i], b = train.code[N + i];
      CHECK_NEAR(train.score[i], -0.5 + table[a] + table[CODES + b], 1e-12);
      const double w = weighted ? train.weight[i] : 1.0;
      const double r = w * (train.event[i] - cr_logistic(train.score[i]));
      residual[a] += r;
      residual[10 + b] += r;
    }
    for (int k = 1; k < 14; k++) CHECK_NEAR(residual[k], 0.0, 1e-6);
    cr_cycle_free(&train);
    cr_cycle_free(&none);
  }
}

static void stops_on_held_rows(void) {
  const cr_run run = {0};
  cr_cycle_rows train = {0}, held = {0};
  fill(&train, 300, 0, 2);
  fill(&held, 300, 1, 3);
  cr_term term[2];
  terms_of(term);
  const cr_cycle_settings settings = {500, 0.3, 7};
  double table[2 * CODES];
  cr_cycle_result out;
  CHECK(cr_cycle_run(term, 2, &settings, &train, &held, &run, table, &out, NULL) ==
        CR_OK);
  CHECK(out.best > 0 && out.rounds == out.best + 7);
  double sum = 0.0, mass = 0.0;
  for (size_t i = 0; i < held.n; i++) {
    const double eta = -0.5 + table[held.code[i]] + table[CODES + held.code[held.n + i]];
    CHECK_NEAR(held.score[i], eta, 1e-12);
    sum += held.weight[i] * cr_softplus(held.event[i] > 0.0 ? -eta : eta);
    mass += held.weight[i];
  }
  CHECK_NEAR(out.loss, sum / mass, 1e-10);
  cr_cycle_free(&train);
  cr_cycle_free(&held);
}

static void minds_its_terms(void) {
  const cr_run run = {0};
  cr_cycle_rows train = {0}, none = {0};
  fill(&train, N, 0, 4);
  CHECK(cr_cycle_make(0, 2, 0, &none, NULL) == CR_OK);
  cr_term term[2];
  terms_of(term);
  term[0].direction = -1;  // against the truth: a constant is the best
  term[1].least = 1e9;     // nothing is worth that
  const cr_cycle_settings settings = {30, 0.5, 10};
  double table[2 * CODES];
  cr_cycle_result out;
  CHECK(cr_cycle_run(term, 2, &settings, &train, &none, &run, table, &out, NULL) ==
        CR_OK);
  for (int c = 2; c <= 10; c++) CHECK(table[c] <= table[c - 1]);
  CHECK(table[1] - table[10] < 0.05);
  for (int c = 0; c < CODES; c++) CHECK(table[CODES + c] == 0.0);
  cr_cycle_free(&train);
  cr_cycle_free(&none);
}

static bool refuse(void* data, double done) {
  (void)data;
  (void)done;
  return false;
}

static void fails_cleanly(void) {
  cr_cycle_rows train = {0}, held = {0};
  CHECK_ALLOCATIONS(cr_cycle_make(10, 2, 1, &train, NULL), cr_cycle_free(&train));
  fill(&train, 200, 0, 2);
  fill(&held, 200, 0, 3);
  cr_term term[2];
  terms_of(term);
  const cr_cycle_settings settings = {5, 0.3, 7};
  double table[2 * CODES];
  cr_cycle_result out;
  const cr_run run = {0}, refused = {.tick = refuse};
  CHECK_ALLOCATIONS(
      cr_cycle_run(term, 2, &settings, &train, &held, &run, table, &out, NULL), (void)0);
  CHECK(cr_cycle_run(term, 2, &settings, &train, &held, &refused, table, &out, NULL) ==
        CR_ECANCELLED);
  cr_cycle_free(&train);
  cr_cycle_free(&held);
}

void test_cycle(void) {
  reaches_the_maximum();
  stops_on_held_rows();
  minds_its_terms();
  fails_cleanly();
}
