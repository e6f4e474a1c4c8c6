#include "tree/weigh.h"

#include <math.h>
#include <string.h>

#include "base/exact.h"

static const double GRID = 1073741824.0;  // 2^30

// Buckets are the upper bits of a double: 256 to a power of two, from 2^-20 to 2^12.
enum { BITS_BELOW = 44, LOWEST_EXPONENT = -20 };

static double size_of(const cr_fit* fit, uint32_t row) {
  const double g = (double)fit->row[row].pair.gradient / GRID;
  const double h = (double)fit->row[row].pair.hessian / GRID;
  const double size = sqrt(g * g + h * h);
  return fit->data->weight == NULL ? size : size * fit->data->weight[row];
}

static size_t bucket_of(double size) {
  uint64_t bits;
  memcpy(&bits, &size, sizeof bits);
  const int64_t bucket =
      (int64_t)(bits >> BITS_BELOW) - ((int64_t)(1023 + LOWEST_EXPONENT) << 8);
  if (bucket < 0) return 0;
  return bucket < CR_WEIGH_BUCKETS ? (size_t)bucket : CR_WEIGH_BUCKETS - 1;
}

// Sums and counts of one member, one after the other.
static int64_t* sums_of(const cr_fit* fit, int member) {
  return fit->size_sums + (size_t)member * 2 * CR_WEIGH_BUCKETS;
}

static void size_up(cr_worker* me, cr_fit* fit) {
  int64_t* sum = sums_of(fit, me->id);
  int64_t* count = sum + CR_WEIGH_BUCKETS;
  const size_t n = fit->data->n_rows;
  memset(sum, 0, 2 * CR_WEIGH_BUCKETS * sizeof *sum);
  size_t chunk;
  while (cr_team_next(me, &fit->weighing, (n + CR_FIT_CHUNK - 1) / CR_FIT_CHUNK, false,
                      &chunk)) {
    const size_t from = chunk * CR_FIT_CHUNK;
    const size_t to = n - from < CR_FIT_CHUNK ? n : from + CR_FIT_CHUNK;
    for (size_t i = from; i < to; i++) {
      const double size = size_of(fit, fit->data->row[i]);
      const size_t bucket = bucket_of(size);
      sum[bucket] += (int64_t)(size * GRID + 0.5);
      count[bucket]++;
    }
  }
}

// The threshold t with sum of min(1, size / t) = share of the rows: from the largest
// sizes down, rows above the bucket are surely drawn, those in and below it share the
// rest. Without such a bucket all sizes are alike and one threshold serves all.
static double find_threshold(const cr_fit* fit, int n_members) {
  const double wanted = fit->settings->row_share * (double)fit->data->n_rows;
  int64_t below = 0, above = 0;
  for (int m = 0; m < n_members; m++) {
    for (size_t b = 0; b < CR_WEIGH_BUCKETS; b++) below += sums_of(fit, m)[b];
  }
  for (size_t b = CR_WEIGH_BUCKETS; b-- > 0;) {
    int64_t sum = 0, count = 0;
    for (int m = 0; m < n_members; m++) {
      sum += sums_of(fit, m)[b];
      count += sums_of(fit, m)[CR_WEIGH_BUCKETS + b];
    }
    if (count == 0) continue;
    const double threshold = (double)below / GRID / (wanted - (double)above);
    // All of this bucket stays below the threshold: no more rows are sure.
    if ((double)sum / GRID <= threshold * (double)count) return threshold;
    below -= sum;
    above += count;
    if ((double)above >= wanted || below == 0) return (double)sum / GRID / (double)count;
  }
  return 1.0;
}

void cr_weigh_rows(cr_worker* me, cr_fit* fit) {
  if (!fit->by_size) return;
  size_up(me, fit);
  cr_team_barrier(me);
  if (cr_team_cancelled(me)) return;
  if (me->id == 0) fit->threshold = find_threshold(fit, me->size);
  cr_team_barrier(me);
}

double cr_weigh_chance(const cr_fit* fit, uint32_t row) {
  const double size = size_of(fit, row);
  return size >= fit->threshold ? 1.0 : size / fit->threshold;
}
