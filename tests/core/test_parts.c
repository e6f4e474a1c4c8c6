#include "linear/parts.h"

#include "linear/logit.h"
#include "logit_scene.h"

void test_parts(void) {
  static scene s;
  static double part[COLUMNS * N], again[COLUMNS * N], eta[N];
  simulate(&s, 4, 1.0);
  set_up(&s, NULL, NULL, false);
  double* b = zeros(&s);
  cr_rng rng = cr_rng_stream(9, CR_FOR_SIMULATION, 0);
  for (size_t c = 0; c <= s.design.n_terms; c++) b[c] = cr_rng_normal(&rng);

  CHECK(cr_parts_compute(&s.design, &s.frame, b, &ONE, part, NULL) == CR_OK);
  CHECK(cr_logit_score(&s.design, &s.frame, b, &ONE, eta, NULL) == CR_OK);
  double worst = 0.0;
  for (size_t i = 0; i < N; i++) {
    double sum = b[0];
    for (size_t j = 0; j < COLUMNS; j++) sum += part[j * N + i];
    worst = fmax(worst, fabs(sum - eta[i]));
  }
  CHECK(worst < 1e-12);

  // a feature's part depends on its own coefficients only, and a flag's has two values
  const size_t flag = (size_t)s.design.first_term[2];
  CHECK(s.design.first_term[3] == s.design.first_term[2] + 1);
  double low = INFINITY, high = -INFINITY;
  for (size_t i = 0; i < N; i++) {
    low = fmin(low, part[2 * N + i]);
    high = fmax(high, part[2 * N + i]);
  }
  CHECK_NEAR(high - low, fabs(b[flag + 1]) * s.design.gain[2], 1e-12);

  const cr_run three = {.threads = 3};
  CHECK(cr_parts_compute(&s.design, &s.frame, b, &three, again, NULL) == CR_OK);
  CHECK(memcmp(part, again, sizeof part) == 0);
  CHECK_ALLOCATIONS(cr_parts_compute(&s.design, &s.frame, b, &ONE, part, NULL), (void)0);
  s.frame.n_columns = 3;
  CHECK(cr_parts_compute(&s.design, &s.frame, b, &ONE, part, NULL) == CR_EINPUT);
  cr_free(b);
  cr_design_free(&s.design);
}
