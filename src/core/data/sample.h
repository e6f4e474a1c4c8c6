#ifndef LCRISK_DATA_SAMPLE_H
#define LCRISK_DATA_SAMPLE_H

#include <stdbool.h>
#include <stddef.h>

#include "base/status.h"
#include "data/frame.h"

/// Some known values of a column with their weights: enough to see how they lie.
typedef struct {
  double* x;  ///< rising, when drawn in order
  double* w;
  size_t n;
  double mass;  ///< sum of weights
} cr_sample;

/// Below the smallest normal double reciprocals overflow: such numbers count as 0, and
/// both zeros as one.
double cr_sample_flush(double x);

/// The known values, flushed, of at most `most` of the column's n rows, evenly spaced.
/// `weight` is NULL or has one number above zero per row. CR_OK or CR_ENOMEM, and then
/// nothing is allocated. O(m log m) in order, O(m) otherwise.
cr_status cr_sample_draw(const cr_column* column, const double* weight, size_t n,
                         size_t most, bool ordered, cr_sample* out);

/// Idempotent.
void cr_sample_free(cr_sample* s);

/// Of values in order: the smallest that at least a share q of the weight does not
/// exceed.
double cr_sample_quantile(const cr_sample* s, double q);

/// Different values, up to `enough`, which is at most 3; in any order.
size_t cr_sample_distinct(const cr_sample* s, size_t enough);

#endif
