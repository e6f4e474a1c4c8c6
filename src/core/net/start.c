#include "net/start.h"

#include <math.h>
#include <string.h>

#include "base/rng.h"

#include "base/exact.h"

void cr_start_weights(const cr_nodes* nodes, const cr_shape* shape, uint64_t seed,
                      size_t net, double log_odds, float* weight) {
  const cr_shape* s = shape;
  cr_rng rng = cr_rng_stream(seed, CR_FOR_WEIGHTS, net);
  memset(weight, 0, s->n_weights * sizeof *weight);
  const double first = 1.0 / sqrt((double)nodes->n_used);
  for (size_t f = 0; f < nodes->n_used; f++) {
    const uint32_t from = nodes->first[f];
    const uint32_t end = nodes->on_line[f] > 0 ? from + 1 : nodes->first[f + 1];
    for (uint32_t node = from; node < end; node++) {
      for (size_t c = 0; c < s->units[0]; c++) {
        weight[node * s->width[0] + c] = (float)(first * cr_rng_normal(&rng));
      }
    }
  }
  for (size_t l = 1; l <= s->n_hidden; l++) {
    const double deviation = sqrt(2.0 / (double)s->units[l - 1]);
    const size_t units = l < s->n_hidden ? s->units[l] : 1;
    for (size_t r = 0; r < s->units[l - 1]; r++) {
      float* row = weight + s->weight[l] + r * s->width[l];
      for (size_t c = 0; c < units; c++) {
        row[c] = (float)(deviation * cr_rng_normal(&rng));
      }
    }
  }
  weight[s->bias[s->n_hidden]] = (float)log_odds;
}
