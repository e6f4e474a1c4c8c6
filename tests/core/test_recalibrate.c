#include "model/recalibrate.h"

#include "base/mem.h"
#include "model_scene.h"

static cr_status open_list(const cr_writer* w, cr_recalibration* map, double* link,
                           size_t n) {
  cr_value* v = NULL;
  uint8_t* bytes = cr_alloc_aligned(w->n, 1);
  memcpy(bytes, w->bytes, w->n);
  cr_status status = cr_value_read(bytes, w->n, &v, NULL);
  if (status == CR_OK) status = cr_recalibration_open(v, map, NULL);
  if (status == CR_OK && link != NULL) cr_recalibrate(map, link, n);
  cr_free(v);
  cr_free_aligned(bytes);
  return status;
}

static cr_status curve(const char* method, size_t n_b, const double* b, double* link,
                       size_t n) {
  cr_writer w = {0};
  cr_recalibration map;
  put_list(&w, 2, NAMES("method", "coefficient"));
  put_texts(&w, 1, &method);
  put_numbers(&w, n_b, b);
  const cr_status status = open_list(&w, &map, link, n);
  cr_writer_free(&w);
  return status;
}

static cr_status steps(size_t n, const double* low, const double* high,
                       const double* rate, double* link, size_t n_links) {
  cr_writer w = {0};
  cr_recalibration map;
  put_list(&w, 2, NAMES("method", "steps"));
  put_texts(&w, 1, NAMES("isotonic"));
  put_list(&w, 3, NAMES("lowest", "highest", "rate"));
  put_numbers(&w, n, low);
  put_numbers(&w, n, high);
  put_numbers(&w, n, rate);
  const cr_status status = open_list(&w, &map, link, n_links);
  cr_writer_free(&w);
  return status;
}

void test_recalibrate(void) {
  double line[] = {-2, 0, 3};
  CHECK(curve("platt", 2, NUMBERS(0.5, 2), line, 3) == CR_OK);
  CHECK(line[0] == -3.5 && line[1] == 0.5 && line[2] == 6.5);

  double beta[] = {0, 1.5};
  CHECK(curve("beta", 3, NUMBERS(0.25, 2, 0.5), beta, 2) == CR_OK);
  const double p = 1 / (1 + exp(-1.5));
  CHECK_NEAR(beta[0], 0.25 + 2 * log(0.5) - 0.5 * log(0.5), 1e-12);
  CHECK_NEAR(beta[1], 0.25 + 2 * log(p) - 0.5 * log(1 - p), 1e-12);

  // constant on the steps and beyond the ends, in between between their rates
  double climb[] = {-9, -1, 0, 0.5, 1, 9};
  CHECK(steps(2, NUMBERS(-1, 1), NUMBERS(0, 2), NUMBERS(0.2, 0.6), climb, 6) == CR_OK);
  CHECK_NEAR(climb[0], log(0.25), 1e-12);
  CHECK(climb[1] == climb[0] && climb[2] == climb[0]);
  CHECK_NEAR(climb[4], log(1.5), 1e-12);
  CHECK(climb[5] == climb[4]);
  CHECK(climb[3] > climb[2] && climb[3] < climb[4]);

  CHECK(curve("platt", 3, NUMBERS(0.5, 2, 1), NULL, 0) == CR_EMODEL);
  CHECK(curve("platt", 2, NUMBERS(0.5, NAN), NULL, 0) == CR_EMODEL);
  CHECK(curve("beta", 2, NUMBERS(0.5, 1), NULL, 0) == CR_EMODEL);
  CHECK(curve("isotonic", 2, NUMBERS(0.5, 1), NULL, 0) == CR_EMODEL);
  CHECK(steps(0, NULL, NULL, NULL, NULL, 0) == CR_EMODEL);
  CHECK(steps(2, NUMBERS(1, 0), NUMBERS(1, 0), NUMBERS(0.2, 0.6), NULL, 0) == CR_EMODEL);
  CHECK(steps(1, NUMBERS(1), NUMBERS(0), NUMBERS(0.2), NULL, 0) == CR_EMODEL);
  CHECK(steps(1, NUMBERS(0), NUMBERS(INFINITY), NUMBERS(0.2), NULL, 0) == CR_EMODEL);
  CHECK(steps(1, NUMBERS(0), NUMBERS(1), NUMBERS(0), NULL, 0) == CR_EMODEL);
  CHECK(steps(1, NUMBERS(0), NUMBERS(1), NUMBERS(NAN), NULL, 0) == CR_EMODEL);
}
