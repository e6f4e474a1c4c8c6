#include "net/layers.h"

#include "net_scene.h"

enum { ROWS = 40 };
static const int32_t UNITS[] = {9, 6, 5};

typedef struct {
  net_scene* it;
  cr_shape shape;
  uint32_t row[ROWS];
  double slope[ROWS];
} problem;

static problem pose(net_scene* it, size_t n_hidden) {
  problem p = {.it = it, .shape = cr_layers_shape(it->nodes.n_nodes, UNITS, n_hidden)};
  cr_rng rng = cr_rng_stream(10, CR_FOR_SIMULATION, 0);
  for (uint32_t i = 0; i < ROWS; i++) {
    p.row[i] = cr_rng_below(&rng, (uint32_t)it->s.n);
    p.slope[i] = (double)(float)cr_rng_normal(&rng);
  }
  return p;
}

// Weights of units that exist; padding is 0.
static float* random_weights(const cr_shape* s) {
  float *out = cr_alloc_zero(s->n_weights, sizeof *out),
        *from = random_floats(s->n_weights, 11);
  for (size_t l = 0; l <= s->n_hidden; l++) {
    const size_t inside = l == 0 ? s->n_nodes : s->units[l - 1];
    const size_t units = l == s->n_hidden ? 1 : s->units[l] + (l == 0);
    for (size_t r = 0; r < inside; r++) {
      for (size_t c = 0; c < units; c++) {
        const size_t at = s->weight[l] + r * s->width[l] + c;
        out[at] = from[at] * (l == 0 ? 0.6F : 0.5F);
      }
    }
    for (size_t c = 0; c < (l == 0 ? s->units[0] : units); c++) {
      out[s->bias[l] + c] = 0.3F * from[s->bias[l] + c];
    }
  }
  cr_free(from);
  return out;
}

// The network in doubles, from the rows' values, by the book: log-odds of row i.
static double by_the_book(const problem* p, const float* w, size_t i) {
  const cr_shape* s = &p->shape;
  double now[64] = {0}, next[64];
  double straight = 0.0;
  for (size_t c = 0; c <= s->units[0]; c++) {
    const double sum = layer_value(p->it, i, w, s->width[0], c);
    if (c == s->units[0]) {
      straight = sum;
      continue;
    }
    const double z = sum + (double)w[s->bias[0] + c];
    now[c] = z > 0.0 ? z : 0.0;
  }
  for (size_t l = 1; l <= s->n_hidden; l++) {
    const size_t units = l == s->n_hidden ? 1 : s->units[l];
    for (size_t c = 0; c < units; c++) {
      double sum = (double)w[s->bias[l] + c];
      for (size_t r = 0; r < s->units[l - 1]; r++) {
        sum += now[r] * (double)w[s->weight[l] + r * s->width[l] + c];
      }
      next[c] = l < s->n_hidden && sum < 0.0 ? 0.0 : sum;
    }
    memcpy(now, next, sizeof now);
  }
  return now[0] + straight;
}

static double total(const problem* p, const float* w) {
  double sum = 0.0;
  for (size_t i = 0; i < ROWS; i++) sum += p->slope[i] * by_the_book(p, w, p->row[i]);
  return sum;
}

static void forward(const problem* p, cr_layers* layers, const float* w,
                    const cr_dropout* dropout, cr_simd simd, float* log_odds) {
  const size_t width = p->shape.width[0], n_nodes = p->shape.n_nodes;
  float* vector = cr_alloc(n_nodes * width, sizeof *vector);
  float* table = cr_alloc(2 * n_nodes * width, sizeof *table);
  cr_nodes_expand(&p->it->nodes, &SCALES, w, width, simd, vector);
  cr_nodes_table(&p->it->nodes, vector, width, simd, table);
  cr_layers_forward(layers, &p->it->nodes, w, table, p->it->cell, p->row, ROWS, dropout,
                    simd, log_odds);
  cr_free(table);
  cr_free(vector);
}

static void backward(const problem* p, cr_layers* layers, const float* w, cr_simd simd,
                     float* gradient) {
  float slope[ROWS];
  for (size_t i = 0; i < ROWS; i++) slope[i] = (float)p->slope[i];
  cr_layers_backward(layers, &p->it->nodes, &SCALES, w, p->it->cell, p->row, ROWS, slope,
                     simd, gradient);
}

// A network is piecewise linear in each weight: a difference over a step that meets no
// corner is the derivative. Both sides of it must agree for the weight to count.
static void gradients_are_finite_differences(size_t n_hidden) {
  static net_scene it;
  net_up(&it, 20);
  const problem p = pose(&it, n_hidden);
  cr_layers layers = {0};
  CHECK(cr_layers_make(&p.shape, ROWS, 1, &layers, NULL) == CR_OK);
  float *w = random_weights(&p.shape), *gradient = random_floats(p.shape.n_weights, 12);
  float log_odds[ROWS];
  forward(&p, &layers, w, NULL, CR_SIMD_BEST, log_odds);
  for (size_t i = 0; i < ROWS; i++) {
    CHECK_NEAR((double)log_odds[i], by_the_book(&p, w, p.row[i]), 1e-4);
  }
  backward(&p, &layers, w, CR_SIMD_BEST, gradient);
  const double here = total(&p, w);
  size_t n_checked = 0, n_zero = 0;
  for (size_t k = 0; k < p.shape.n_weights; k++) {
    const float before = w[k], step = 1.0F / 4096.0F;
    w[k] = before + step;
    const double up = (total(&p, w) - here) / ((double)w[k] - (double)before);
    w[k] = before - step;
    const double down = (total(&p, w) - here) / ((double)w[k] - (double)before);
    w[k] = before;
    if (before == 0.0F) {  // padding, or a bias that does not exist: never moves
      n_zero++;
      CHECK(gradient[k] == 0.0F);
      continue;
    }
    if (fabs(up - down) > 1e-6) continue;
    n_checked++;
    CHECK_NEAR((double)gradient[k], 0.5 * (up + down), 1e-3);
  }
  CHECK(n_checked > 9 * (p.shape.n_weights - n_zero) / 10);
  cr_free(gradient);
  cr_free(w);
  cr_layers_free(&layers);
  net_down(&it);
}

// With dropout: the same differences through the core's own forward pass.
static void dropout_is_part_of_the_gradient(void) {
  static net_scene it;
  net_up(&it, 21);
  const problem p = pose(&it, 2);
  const cr_dropout dropout = {.key = 5, .row = 100, .share = 0.4};
  cr_layers layers = {0};
  CHECK(cr_layers_make(&p.shape, ROWS, 1, &layers, NULL) == CR_OK);
  float *w = random_weights(&p.shape), *gradient = random_floats(p.shape.n_weights, 12);
  float log_odds[ROWS];
  forward(&p, &layers, w, &dropout, CR_SIMD_BEST, log_odds);
  size_t n_off = 0;
  for (size_t i = 0; i < ROWS; i++) {
    for (size_t c = 0; c < p.shape.units[0]; c++) {
      n_off += layers.out[0][i * p.shape.width[0] + c] == 0.0F;
    }
  }
  CHECK(n_off > ROWS * p.shape.units[0] * 4 / 10 && n_off < ROWS * p.shape.units[0]);
  backward(&p, &layers, w, CR_SIMD_BEST, gradient);
  double sums[3];  // below, at and above the weight
  size_t n_checked = 0, n_large = 0;
  for (size_t k = p.shape.bias[0]; k < p.shape.n_weights; k++) {
    const float before = w[k], step = 0.0078125F;
    for (int at = 0; at < 3; at++) {
      w[k] = before + (float)(at - 1) * step;
      forward(&p, &layers, w, &dropout, CR_SIMD_BEST, log_odds);
      sums[at] = 0.0;
      for (size_t i = 0; i < ROWS; i++) sums[at] += p.slope[i] * (double)log_odds[i];
    }
    w[k] = before;
    const double up = (sums[2] - sums[1]) / (double)step;
    const double down = (sums[1] - sums[0]) / (double)step;
    if (before == 0.0F || fabs(up - down) > 5e-3) continue;  // padding, or a corner
    n_checked++;
    n_large += fabs(up) > 0.5;
    CHECK_NEAR((double)gradient[k], 0.5 * (up + down), 1e-2);
  }
  CHECK(n_checked > 50 && n_large > 20);
  cr_free(gradient);
  cr_free(w);
  cr_layers_free(&layers);
  net_down(&it);
}

static void register_width_and_row_order_change_no_bit(void) {
  static net_scene it;
  net_up(&it, 22);
  problem p = pose(&it, 3);
  const cr_dropout dropout = {.key = 5, .row = 7, .share = 0.3};
  cr_layers layers = {0};
  CHECK(cr_layers_make(&p.shape, ROWS, 1, &layers, NULL) == CR_OK);
  const size_t bytes = p.shape.n_weights * sizeof(float);
  float* w = random_weights(&p.shape);
  float *wide = cr_alloc_zero(p.shape.n_weights, sizeof *wide),
        *plain = cr_alloc_zero(p.shape.n_weights, sizeof *plain);
  float out[2][ROWS];
  forward(&p, &layers, w, &dropout, CR_SIMD_BEST, out[0]);
  backward(&p, &layers, w, CR_SIMD_BEST, wide);
  forward(&p, &layers, w, &dropout, CR_SIMD_PORTABLE, out[1]);
  backward(&p, &layers, w, CR_SIMD_PORTABLE, plain);
  CHECK(memcmp(out[0], out[1], sizeof out[0]) == 0);
  CHECK(memcmp(wide, plain, bytes) == 0);

  forward(&p, &layers, w, NULL, CR_SIMD_BEST, out[0]);
  for (size_t i = 0; i < ROWS / 2; i++) {  // the last row first
    const uint32_t swap = p.row[i];
    p.row[i] = p.row[ROWS - 1 - i];
    p.row[ROWS - 1 - i] = swap;
  }
  forward(&p, &layers, w, NULL, CR_SIMD_BEST, out[1]);
  bool same = true;
  for (size_t i = 0; i < ROWS; i++) same = same && out[0][i] == out[1][ROWS - 1 - i];
  CHECK(same);
  cr_free(plain);
  cr_free(wide);
  cr_free(w);
  cr_layers_free(&layers);
  net_down(&it);
}

static void failures_leave_nothing_behind(void) {
  const cr_shape shape = cr_layers_shape(10, UNITS, 3);
  cr_layers layers = {0};
  for (long k = 1; k <= 11; k++) {
    const long live = check_live_blocks();
    check_fail_alloc(k);
    CHECK(cr_layers_make(&shape, 8, 1, &layers, NULL) == CR_ENOMEM);
    cr_layers_free(&layers);
    CHECK(check_live_blocks() == live);
  }
  check_fail_alloc(0);
}

void test_layers(void) {
  gradients_are_finite_differences(1);
  gradients_are_finite_differences(3);
  dropout_is_part_of_the_gradient();
  register_width_and_row_order_change_no_bit();
  failures_leave_nothing_behind();
}
