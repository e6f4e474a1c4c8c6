#include "net/start.h"

#include "net_scene.h"

// The first layer's sums and the units' have about variance 1; padding and the straight
// column are 0, the output is the base rate's.
static void starts_with_sums_of_variance_1(void) {
  static net_scene it;
  net_up(&it, 40);
  const int32_t units[] = {50, 30};
  const cr_shape shape = cr_layers_shape(it.nodes.n_nodes, units, 2);
  float* w = cr_alloc(shape.n_weights, sizeof *w);
  float* other = cr_alloc(shape.n_weights, sizeof *other);
  cr_start_weights(&it.nodes, &shape, 3, 0, -1.5, w);
  CHECK(w[shape.bias[2]] == -1.5F);
  double square = 0.0, dense = 0.0;
  for (size_t k = 0; k < it.nodes.n_nodes; k++) {
    for (size_t c = 50; c < shape.width[0]; c++) CHECK(w[k * shape.width[0] + c] == 0.0F);
  }
  for (size_t c = 0; c < 50; c++) {  // of a row whose numbers are one deviation away
    double sum = 0.0;
    for (size_t f = 0; f < it.nodes.n_used; f++) {
      sum += (double)w[it.nodes.first[f] * shape.width[0] + c];
    }
    square += sum * sum / 50.0;
    for (size_t u = 0; u < 30; u++) {
      const double x = (double)w[shape.weight[1] + c * shape.width[1] + u];
      dense += x * x / 30.0;
    }
  }
  CHECK(square > 0.6 && square < 1.5);
  CHECK(dense > 1.8 && dense < 2.2);
  cr_start_weights(&it.nodes, &shape, 3, 1, -1.5, other);
  CHECK(memcmp(w, other, shape.n_weights * sizeof *w) != 0);
  cr_start_weights(&it.nodes, &shape, 3, 0, -1.5, other);
  CHECK(memcmp(w, other, shape.n_weights * sizeof *w) == 0);
  cr_free(other);
  cr_free(w);
  net_down(&it);
}

void test_start(void) { starts_with_sums_of_variance_1(); }
