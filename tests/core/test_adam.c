#include "net/adam.h"

#include "base/rng.h"
#include "check.h"

enum { N = 24, STEPS = 200 };

// The algorithm as the papers print it, in doubles.
typedef struct {
  double mean, square, weight, power1, power2;
} paper;

static void step(paper* p, double gradient, double rate, double decay) {
  p->power1 *= 0.9;
  p->power2 *= 0.99;
  p->mean = 0.9 * p->mean + 0.1 * gradient;
  p->square = 0.99 * p->square + 0.01 * gradient * gradient;
  const double mean = p->mean / (1.0 - p->power1), square = p->square / (1.0 - p->power2);
  p->weight -= decay * p->weight + rate * mean / (sqrt(square) + 1e-8);
}

static void follows_the_papers(void) {
  float mean[2][N] = {{0}}, square[2][N] = {{0}}, weight[2][N], gradient[N];
  paper p[N];
  cr_adam adam = cr_adam_start();
  cr_rng rng = cr_rng_stream(8, CR_FOR_SIMULATION, 0);
  for (size_t i = 0; i < N; i++) {
    weight[0][i] = weight[1][i] = (float)cr_rng_normal(&rng);
    p[i] = (paper){0.0, 0.0, (double)weight[0][i], 1.0, 1.0};
  }
  for (int s = 0; s < STEPS; s++) {
    const float rate = cr_adam_rate(&adam, 0.01);
    for (size_t i = 0; i < N; i++) {
      gradient[i] = (float)(cr_rng_normal(&rng) + (double)weight[0][i]);
      step(&p[i], (double)gradient[i], 0.01, 0.001);
    }
    cr_adam_step(gradient, N, rate, 0.001F, CR_SIMD_BEST, mean[0], square[0], weight[0]);
    cr_adam_step(gradient, N, rate, 0.001F, CR_SIMD_PORTABLE, mean[1], square[1],
                 weight[1]);
  }
  for (size_t i = 0; i < N; i++) CHECK_NEAR((double)weight[0][i], p[i].weight, 1e-5);
  CHECK(memcmp(weight[0], weight[1], sizeof weight[0]) == 0);
  CHECK(memcmp(mean[0], mean[1], sizeof mean[0]) == 0);
  CHECK(memcmp(square[0], square[1], sizeof square[0]) == 0);
}

// Where the gradient has ended, moments must not creep through the slow tiny numbers.
static void forgotten_moments_become_zero(void) {
  float mean[8], square[8], weight[8] = {0}, gradient[8] = {0};
  for (size_t i = 0; i < 8; i++) mean[i] = square[i] = 1e-3F;
  cr_adam adam = cr_adam_start();
  for (int s = 0; s < 10000; s++) {
    cr_adam_step(gradient, 8, cr_adam_rate(&adam, 0.01), 0.0F, CR_SIMD_BEST, mean, square,
                 weight);
  }
  for (size_t i = 0; i < 8; i++) CHECK(mean[i] == 0.0F && square[i] == 0.0F);
}

void test_adam(void) {
  follows_the_papers();
  forgotten_moments_become_zero();
}
