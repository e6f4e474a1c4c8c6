#include "linear/descent.h"

#include <math.h>
#include <stdbool.h>
#include <string.h>

#include "base/exact.h"

enum { SWEEPS = 20000 };

// Of a change, against the largest so far, and of a diagonal against the largest
static const double RESTS = 1e-14, FLAT = 1e-12;

int cr_penalty_bends(const cr_penalty* penalty) {
  return penalty->sign != NULL || (penalty->size > 0.0 && penalty->lasso > 0.0);
}

double cr_penalty_at(const cr_penalty* penalty, const double* b, size_t p) {
  double absolute = 0.0, square = 0.0;
  for (size_t j = 1; j < p; j++) {
    absolute += fabs(b[j]);
    square += b[j] * b[j];
  }
  return penalty->size *
         (penalty->lasso * absolute + 0.5 * (1.0 - penalty->lasso) * square);
}

// The best value of one coefficient, `pull` being minus the slope without it
static double best(const cr_penalty* penalty, size_t j, double pull, double curvature) {
  if (j == 0) return pull / curvature;
  const double soft = penalty->size * penalty->lasso;
  const double bend = curvature + penalty->size * (1.0 - penalty->lasso);
  const double reach = fabs(pull) - soft;
  if (reach <= 0.0) return 0.0;
  const double value = pull > 0.0 ? reach / bend : -reach / bend;
  const int8_t sign = penalty->sign == NULL ? 0 : penalty->sign[j];
  return (double)sign * value < 0.0 ? 0.0 : value;
}

// One sweep; `slope` is A b - c. Returns the largest change, as what it does to the
// objective at most.
static double sweep(const double* a, size_t p, const cr_penalty* penalty, double flat,
                    bool moving_only, double* slope, double* b) {
  double largest = 0.0;
  for (size_t j = 0; j < p; j++) {
    const double curvature = a[j * p + j];
    if ((moving_only && b[j] == 0.0) || !(curvature > flat)) continue;
    const double now = best(penalty, j, curvature * b[j] - slope[j], curvature);
    const double change = now - b[j];
    if (change == 0.0) continue;
    b[j] = now;
    const double* row = a + j * p;
    for (size_t k = 0; k < p; k++) slope[k] += change * row[k];
    const double size = curvature * change * change;
    if (size > largest) largest = size;
  }
  return largest;
}

size_t cr_descent_solve(const double* a, const double* c, size_t p,
                        const cr_penalty* penalty, double* slope, double* b) {
  double diagonal = 0.0;
  for (size_t j = 0; j < p; j++) diagonal = fmax(diagonal, a[j * p + j]);
  const double flat = FLAT * diagonal;
  double scale = 0.0;
  for (size_t j = 0; j < p; j++) {
    if (!(a[j * p + j] > flat)) b[j] = 0.0;
    if (a[j * p + j] > flat) scale = fmax(scale, c[j] * c[j] / a[j * p + j]);
  }
  memset(slope, 0, p * sizeof *slope);
  for (size_t j = 0; j < p; j++) {
    if (b[j] == 0.0) continue;
    for (size_t k = 0; k < p; k++) slope[k] += b[j] * a[j * p + k];
  }
  for (size_t k = 0; k < p; k++) slope[k] -= c[k];
  const double rest = RESTS * RESTS * scale;
  size_t n = 0;
  bool done = false;
  while (!done && n < SWEEPS) {
    n++;
    done = sweep(a, p, penalty, flat, false, slope, b) <= rest;
    for (bool moves = !done; moves && n < SWEEPS; n++) {
      moves = sweep(a, p, penalty, flat, true, slope, b) > rest;
    }
  }
  return n;
}
