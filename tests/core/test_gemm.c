#include "net/gemm.h"

#include "base/mem.h"
#include "base/rng.h"
#include "check.h"

static float* random_matrix(size_t n, uint64_t item) {
  cr_rng rng = cr_rng_stream(3, CR_FOR_SIMULATION, item);
  float* out = cr_alloc(n, sizeof *out);
  for (size_t i = 0; i < n; i++) out[i] = (float)cr_rng_normal(&rng);
  return out;
}

// Every element is its start plus its products in order, rounded one by one.
static void products_are_sums_in_order(void) {
  const size_t shapes[][3] = {{0, 5, 8},   {1, 1, 8},    {3, 0, 16},
                              {4, 7, 8},   {8, 3, 24},   {13, 40, 16},
                              {9, 256, 8}, {17, 257, 8}, {31, 600, 40}};
  for (size_t s = 0; s < sizeof shapes / sizeof *shapes; s++) {
    const size_t rows = shapes[s][0], inner = shapes[s][1], columns = shapes[s][2];
    float *a = random_matrix(rows * inner, 1), *b = random_matrix(inner * columns, 2);
    float *wide = random_matrix(rows * columns, 3),
          *plain = random_matrix(rows * columns, 3);
    float* want = random_matrix(rows * columns, 3);
    cr_gemm_add(a, b, rows, inner, columns, CR_SIMD_BEST, wide);
    cr_gemm_add(a, b, rows, inner, columns, CR_SIMD_PORTABLE, plain);
    for (size_t i = 0; i < rows; i++) {
      for (size_t j = 0; j < columns; j++) {
        volatile float sum = want[i * columns + j];
        for (size_t k = 0; k < inner; k++) {
          const volatile float product = a[i * inner + k] * b[k * columns + j];
          sum = sum + product;
        }
        want[i * columns + j] = sum;
      }
    }
    CHECK(memcmp(wide, want, rows * columns * sizeof *want) == 0);
    CHECK(memcmp(plain, want, rows * columns * sizeof *want) == 0);
    cr_free(a);
    cr_free(b);
    cr_free(wide);
    cr_free(plain);
    cr_free(want);
  }
}

static void transposes_any_shape(void) {
  const size_t shapes[][2] = {{1, 1}, {16, 16}, {17, 40}, {256, 24}, {3, 100}};
  for (size_t s = 0; s < sizeof shapes / sizeof *shapes; s++) {
    const size_t rows = shapes[s][0], columns = shapes[s][1];
    float *in = random_matrix(rows * columns, 4), *out = random_matrix(rows * columns, 5);
    cr_gemm_transpose(in, rows, columns, out);
    bool same = true;
    for (size_t i = 0; i < rows; i++) {
      for (size_t j = 0; j < columns; j++) {
        same = same && out[j * rows + i] == in[i * columns + j];
      }
    }
    CHECK(same);
    cr_free(in);
    cr_free(out);
  }
}

void test_gemm(void) {
  products_are_sums_in_order();
  transposes_any_shape();
}
