#include "linear/sums.h"

#include "logit_scene.h"

static double column_at(const double* strip, size_t c) {
  return strip[c / CR_LANES * CR_STRIP * CR_LANES + c % CR_LANES];
}

// The sums, row after row.
static void check_sums(const scene* s, const double* b, const cr_sums* sums) {
  const size_t p = s->problem.design->n_terms + 1, panels = sums->panels;
  double* strip = cr_alloc_aligned(panels * CR_STRIP * CR_LANES, sizeof *strip);
  double* gradient = cr_alloc_zero(p, sizeof *gradient);
  double* gram = cr_alloc_zero(p * p, sizeof *gram);
  double loss = 0.0, mass = 0.0;
  for (size_t i = 0; i < s->n; i++) {
    cr_design_fill(s->problem.design, &s->frame, NULL, i, 1, strip);
    const double w = s->problem.weight == NULL ? 1.0 : s->problem.weight[i];
    double eta = 0.0;
    for (size_t c = 0; c < p; c++) eta += b[c] * column_at(strip, c);
    const double mu = cr_logistic(eta);
    mass += w;
    loss += w * cr_softplus(s->event[i] ? -eta : eta);
    for (size_t c = 0; c < p; c++) {
      gradient[c] += w * (mu - s->event[i]) * column_at(strip, c);
      for (size_t d = 0; d < p; d++) {
        gram[c * p + d] +=
            w * mu * (1.0 - mu) * column_at(strip, c) * column_at(strip, d);
      }
    }
  }
  CHECK(sums->mass == mass);
  CHECK_NEAR(sums->loss, loss, 1e-9);
  for (size_t c = 0; c < p; c++) CHECK_NEAR(sums->gradient[c], gradient[c], 1e-9);
  for (size_t c = 0; c < p; c++) {
    for (size_t d = 0; d < p; d++) {
      CHECK_NEAR(cr_gram_at(sums->tiles, c, d), gram[c * p + d], 1e-8);
    }
  }
  cr_free(gram);
  cr_free(gradient);
  cr_free_aligned(strip);
}

static void sums_are_those_of_the_rows(scene* s) {
  cr_sums sums;
  cr_rng rng = cr_rng_stream(7, CR_FOR_SIMULATION, 0);
  for (int weighted = 0; weighted < 2; weighted++) {
    set_up(s, weighted ? s->weight : NULL, NULL, false);
    double* b = zeros(s);
    for (size_t c = 0; c <= s->design.n_terms; c++) b[c] = 0.3 * cr_rng_normal(&rng);
    CHECK(cr_sums_make(cr_design_panels(&s->design), &sums, NULL) == CR_OK);
    CHECK(cr_sums_compute(&s->problem, NULL, s->n, b, &ONE, 0.0, &sums, NULL) == CR_OK);
    check_sums(s, b, &sums);
    cr_sums_free(&sums);
    cr_free(b);
    cr_design_free(&s->design);
  }
}

static void threads_and_instructions_change_no_bit(scene* s) {
  set_up(s, s->weight, NULL, false);
  const size_t panels = cr_design_panels(&s->design);
  double* b = zeros(s);
  b[0] = -1.0;
  b[1] = 0.7;
  cr_sums one, other;
  CHECK(cr_sums_make(panels, &one, NULL) == CR_OK);
  CHECK(cr_sums_make(panels, &other, NULL) == CR_OK);
  CHECK(cr_sums_compute(&s->problem, NULL, s->n, b, &ONE, 0.0, &one, NULL) == CR_OK);
  const int threads[] = {1, 2, 3, 8};
  for (size_t t = 0; t < 4; t++) {
    const cr_run run = {.threads = threads[t], .simd = CR_SIMD_PORTABLE};
    CHECK(cr_sums_compute(&s->problem, NULL, s->n, b, &run, 0.0, &other, NULL) == CR_OK);
    CHECK(one.loss == other.loss && one.mass == other.mass);
    CHECK(memcmp(one.gradient, other.gradient, panels * CR_LANES * sizeof(double)) == 0);
    CHECK(memcmp(one.tiles, other.tiles, cr_gram_size(panels) * sizeof(double)) == 0);
  }
  // all rows by number are all rows; none are nothing
  uint32_t* row = cr_alloc(s->n, sizeof *row);
  for (size_t i = 0; i < s->n; i++) row[i] = (uint32_t)i;
  CHECK(cr_sums_compute(&s->problem, row, s->n, b, &ONE, 0.0, &other, NULL) == CR_OK);
  CHECK(memcmp(one.tiles, other.tiles, cr_gram_size(panels) * sizeof(double)) == 0);
  CHECK(cr_sums_compute(&s->problem, row, 0, b, &ONE, 0.0, &other, NULL) == CR_OK);
  CHECK(other.mass == 0.0 && other.tiles[0] == 0.0 && other.gradient[0] == 0.0);
  cr_free(row);

  const cr_run refused = {.threads = 2, .tick = refuse};
  cr_error err;
  CHECK(cr_sums_compute(&s->problem, NULL, s->n, b, &refused, 0.5, &other, &err) ==
        CR_ECANCELLED);
  CHECK(strcmp(err.code, "cancelled") == 0);
  CHECK_ALLOCATIONS(cr_sums_compute(&s->problem, NULL, s->n, b, &ONE, 0.0, &other, NULL),
                    (void)0);
  cr_sums_free(&one);
  cr_sums_free(&other);
  CHECK_ALLOCATIONS(cr_sums_make(panels, &one, NULL), cr_sums_free(&one));
  cr_free(b);
  cr_design_free(&s->design);
}

static void pieces_are_cut_by_size_alone(void) {
  CHECK(cr_sums_piece(1, 1) == 512 && cr_sums_piece(512 * 64, 1) == 512);
  CHECK(cr_sums_piece(1000000, 1) % CR_STRIP == 0);
  CHECK(cr_sums_piece(1000000, 1) * 64 >= 1000000);
  CHECK(cr_sums_piece(1000000, 500) > cr_sums_piece(1000000, 1));  // fewer: memory
}

static void losses_are_exact_at_the_ends(void) {
  double mu;
  CHECK_NEAR(cr_sums_loss(0.0, 1, &mu), log(2.0), 1e-16);
  CHECK(mu == 0.5);
  CHECK(cr_sums_loss(800.0, 0, &mu) == 800.0 && mu == 1.0);
  CHECK(cr_sums_loss(800.0, 1, &mu) == 0.0);
  CHECK(cr_sums_loss(-800.0, 1, &mu) == 800.0 && mu == 0.0);
}

void test_sums(void) {
  static scene s;
  simulate(&s, 1, 0.7);
  sums_are_those_of_the_rows(&s);
  threads_and_instructions_change_no_bit(&s);
  pieces_are_cut_by_size_alone();
  losses_are_exact_at_the_ends();
}
