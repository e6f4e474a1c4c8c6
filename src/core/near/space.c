#include "near/space.h"

#include <math.h>
#include <stdbool.h>
#include <string.h>

#include "base/mem.h"
#include "base/sort.h"

#include "base/exact.h"

void cr_space_free(cr_space* space) {
  cr_free(space->column);
  cr_free(space->centre);
  cr_free(space->gain);
  *space = (cr_space){0};
}

void cr_points_free(cr_points* points) {
  cr_free(points->number);
  cr_free(points->level);
  *points = (cr_points){0};
}

// ---- learning ------------------------------------------------------------------

typedef struct {
  double mean;
  double deviation;  ///< 0 for fewer than two known values
} moments;

// Mean and standard deviation of the known values among `row`, NULL being all rows. In
// units of the largest value, so that nothing overflows.
static moments moments_of(const cr_column* column, const uint32_t* row, size_t n) {
  double largest = 0.0;
  for (size_t i = 0; i < n; i++) {
    const double size = fabs(cr_column_value(column, row == NULL ? i : row[i]));
    if (size > largest) largest = size;
  }
  if (largest == 0.0) return (moments){0.0, 0.0};
  double sum = 0.0, square = 0.0;
  size_t known = 0;
  for (size_t i = 0; i < n; i++) {
    const double x = cr_column_value(column, row == NULL ? i : row[i]);
    if (x != x) continue;
    sum += x / largest;
    known++;
  }
  const double mean = sum / (double)known;
  for (size_t i = 0; i < n; i++) {
    const double x = cr_column_value(column, row == NULL ? i : row[i]);
    if (x != x) continue;
    const double from_mean = x / largest - mean;
    square += from_mean * from_mean;
  }
  const double variance = known < 2 ? 0.0 : square / (double)(known - 1);
  const double deviation = sqrt(variance);
  return (moments){mean * largest, deviation * largest};
}

static bool varies(const cr_column* column, size_t n) {
  double first = 0.0;
  bool found = false;
  for (size_t i = 0; i < n; i++) {
    const double x = cr_column_value(column, i);
    if (x != x) continue;
    if (found && x != first) return true;
    first = x;
    found = true;
  }
  return false;
}

typedef struct {
  const cr_frame* frame;
  const uint32_t* row;
  size_t n;
  cr_space* space;
  double* here;  // each number's deviation among `row`, over all rows'
} learning;

static void learn_number(size_t j, int worker, void* data) {
  (void)worker;
  const learning* work = data;
  const cr_column* column = &work->frame->column[work->space->column[j]];
  const moments all = moments_of(column, NULL, work->frame->n_rows);
  // rounding may leave a constant with a tiny deviation
  const bool counts = all.deviation > 0.0 && varies(column, work->frame->n_rows);
  work->space->centre[j] = all.mean;
  work->space->gain[j] = counts ? 1.0 / all.deviation : 0.0;
  if (!counts) {
    work->here[j] = 0.0;
    return;
  }
  work->here[j] = moments_of(column, work->row, work->n).deviation / all.deviation;
}

// The median's square, or 1. Sorts `deviation`.
static double mismatch_of(double* deviation, size_t n, uint64_t* key) {
  if (n == 0) return 1.0;
  for (size_t j = 0; j < n; j++) key[j] = cr_sort_key(deviation[j]);
  cr_sort_keys(key, key + n, n);
  const double low = cr_sort_unkey(key[(n - 1) / 2]), high = cr_sort_unkey(key[n / 2]);
  const double median = low + (high - low) / 2.0;
  return median > 0.0 ? median * median : 1.0;
}

cr_status cr_space_learn(const cr_frame* frame, const uint32_t* row, size_t n,
                         const cr_run* run, cr_space* space, cr_error* err) {
  cr_status status = CR_OK;
  const size_t p = frame->n_columns;
  space->column = cr_alloc(p, sizeof *space->column);
  space->centre = cr_alloc(p, sizeof *space->centre);
  space->gain = cr_alloc(p, sizeof *space->gain);
  double* here = cr_alloc(p, sizeof *here);
  uint64_t* key = cr_alloc(p, 2 * sizeof *key);
  if (space->column == NULL || space->centre == NULL || space->gain == NULL ||
      here == NULL || key == NULL) {
    status = cr_fail(err, CR_ENOMEM, "memory", "no memory for %zu columns", p);
    goto done;
  }
  for (size_t j = 0; j < p; j++) {
    if (frame->column[j].type != CR_COLUMN_LEVEL) space->column[space->n_numbers++] = j;
  }
  for (size_t j = 0; j < p; j++) {
    if (frame->column[j].type != CR_COLUMN_LEVEL) continue;
    space->column[space->n_numbers + space->n_levels++] = j;
  }
  learning work = {frame, row, n, space, here};
  CR_TRY(cr_team_for(run, space->n_numbers, learn_number, &work, err));
  space->mismatch = mismatch_of(here, space->n_numbers, key);

done:
  cr_free(key);
  cr_free(here);
  return status;
}

// ---- points --------------------------------------------------------------------

enum { BLOCK = 256 };  // rows gathered at a time: they stay in the first cache

typedef struct {
  const cr_space* space;
  const cr_frame* frame;
  const uint32_t* row;
  cr_points* points;
} taking;

static void take_block(size_t block, int worker, void* data) {
  (void)worker;
  const taking* work = data;
  cr_points* points = work->points;
  const size_t p = points->n_numbers, q = points->n_levels;
  const size_t first = block * BLOCK;
  const size_t end = points->n - first < BLOCK ? points->n : first + BLOCK;
  for (size_t j = 0; j < p + q; j++) {
    const cr_column* column = &work->frame->column[work->space->column[j]];
    for (size_t i = first; i < end; i++) {
      const size_t row = work->row == NULL ? i : work->row[i];
      if (j < p) {
        points->number[i * p + j] = cr_column_value(column, row);
      } else {
        const int32_t level = column->integer[row];
        points->level[i * q + j - p] = level == CR_MISSING_INT ? 0 : level;
      }
    }
  }
}

cr_status cr_points_take(const cr_space* space, const cr_frame* frame,
                         const uint32_t* row, size_t n, const cr_run* run,
                         cr_points* points, cr_error* err) {
  cr_status status = CR_OK;
  points->n = n;
  points->n_numbers = space->n_numbers;
  points->n_levels = space->n_levels;
  size_t numbers = 0, levels = 0;
  if (cr_size_mul(n, space->n_numbers, &numbers) &&
      cr_size_mul(n, space->n_levels, &levels)) {
    points->number = cr_alloc(numbers, sizeof *points->number);
    points->level = cr_alloc(levels, sizeof *points->level);
  }
  if (points->number == NULL || points->level == NULL) {
    status = cr_fail(err, CR_ENOMEM, "memory", "no memory for %zu points", n);
    goto done;
  }
  taking work = {space, frame, row, points};
  CR_TRY(cr_team_for(run, (n + BLOCK - 1) / BLOCK, take_block, &work, err));

done:
  return status;
}

// ---- distance ------------------------------------------------------------------

// What one number adds when one or both of the values may be missing
static double one_missing(double a, double b, double centre, double gain) {
  if (a != a && b != b) return 0.0;
  if (gain == 0.0) return a != a || b != b ? 1.0 : 0.0;
  const double known = a != a ? b : a;
  const double from_mean = (known - centre) * gain;
  return from_mean * from_mean + 1.0;
}

double cr_space_distance(const cr_space* space, const cr_points* a, size_t i,
                         const cr_points* b, size_t j) {
  const size_t p = space->n_numbers, q = space->n_levels;
  const double *x = a->number + i * p, *y = b->number + j * p;
  double sum = 0.0;
  for (size_t k = 0; k < p; k++) {
    const double apart = (x[k] - y[k]) * space->gain[k];
    if (apart == apart) {
      sum += apart * apart;
    } else {
      sum += one_missing(x[k], y[k], space->centre[k], space->gain[k]);
    }
  }
  const int32_t *u = a->level + i * q, *v = b->level + j * q;
  size_t different = 0;
  for (size_t k = 0; k < q; k++) different += u[k] != v[k];
  return sum + (double)different * space->mismatch;
}
