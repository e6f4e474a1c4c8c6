#include "linear/gram.h"

#include "base/mem.h"
#include "base/rng.h"
#include "check.h"

enum { PANELS = 3, COLUMNS = PANELS * CR_LANES };

static double* random_strip(uint64_t item) {
  cr_rng rng = cr_rng_stream(3, CR_FOR_SIMULATION, item);
  const size_t size = PANELS * CR_STRIP * CR_LANES;
  double* strip = cr_alloc_aligned(size, sizeof *strip);
  for (size_t i = 0; i < size; i++) strip[i] = cr_rng_normal(&rng);
  return strip;
}

static double element(const double* strip, size_t i, size_t column) {
  return strip[(column / CR_LANES * CR_STRIP + i) * CR_LANES + column % CR_LANES];
}

// Row by row, in order: the very sums that the kernels promise.
static void products_are_sums_in_row_order(void) {
  const size_t sizes[] = {0, 1, 7, CR_STRIP};
  double* strip = random_strip(0);
  for (size_t s = 0; s < 4; s++) {
    const size_t n = sizes[s];
    double* tiles = cr_alloc_zero(cr_gram_size(PANELS), sizeof *tiles);
    double* plain = cr_alloc_zero(cr_gram_size(PANELS), sizeof *plain);
    for (int twice = 0; twice < 2; twice++) {  // sums go on where they were
      cr_gram_add(strip, n, PANELS, CR_SIMD_BEST, tiles);
      cr_gram_add(strip, n, PANELS, CR_SIMD_PORTABLE, plain);
    }
    CHECK(memcmp(tiles, plain, cr_gram_size(PANELS) * sizeof *tiles) == 0);
    bool same = true;
    for (size_t j = 0; j < COLUMNS; j++) {
      for (size_t k = 0; k < COLUMNS; k++) {
        double sum = 0.0;
        for (int twice = 0; twice < 2; twice++) {
          for (size_t i = 0; i < n; i++)
            sum += element(strip, i, j) * element(strip, i, k);
        }
        same = same && cr_gram_at(tiles, j, k) == sum;
      }
    }
    CHECK(same);
    cr_free(plain);
    cr_free(tiles);
  }
  cr_free_aligned(strip);
}

static void predicts_and_sums_residuals(void) {
  enum { ROWS = 50 };
  double* strip = random_strip(1);
  double coefficient[COLUMNS], eta[ROWS], gradient[COLUMNS] = {0.0}, residual[ROWS];
  cr_rng rng = cr_rng_stream(4, CR_FOR_SIMULATION, 0);
  for (size_t c = 0; c < COLUMNS; c++) coefficient[c] = cr_rng_normal(&rng);
  for (size_t i = 0; i < ROWS; i++) residual[i] = cr_rng_normal(&rng);
  cr_gram_predict(strip, ROWS, PANELS, coefficient, eta);
  cr_gram_gradient(strip, ROWS, PANELS, residual, gradient);
  for (size_t i = 0; i < ROWS; i++) {
    double sum = 0.0;
    for (size_t c = 0; c < COLUMNS; c++) sum += coefficient[c] * element(strip, i, c);
    CHECK_NEAR(eta[i], sum, 1e-13);
    // a row by itself gives the same bits
    double alone;
    double* one = cr_alloc_aligned(PANELS * CR_STRIP * CR_LANES, sizeof *one);
    for (size_t c = 0; c < COLUMNS; c++) {
      one[c / CR_LANES * CR_STRIP * CR_LANES + c % CR_LANES] = element(strip, i, c);
    }
    cr_gram_predict(one, 1, PANELS, coefficient, &alone);
    CHECK(alone == eta[i]);
    cr_free_aligned(one);
  }
  for (size_t c = 0; c < COLUMNS; c++) {
    double sum = 0.0;
    for (size_t i = 0; i < ROWS; i++) sum += residual[i] * element(strip, i, c);
    CHECK(gradient[c] == sum);
  }
  const double before = element(strip, 3, 10);
  cr_gram_scale(strip, ROWS, PANELS, residual);
  CHECK(element(strip, 3, 10) == before * residual[3]);
  cr_free_aligned(strip);
}

void test_gram(void) {
  products_are_sums_in_row_order();
  predicts_and_sums_residuals();
}
