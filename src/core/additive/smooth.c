#include "additive/smooth.h"

#include <math.h>
#include <string.h>

#include "base/exact.h"

// ---- one dimension ----

void cr_smooth_roughness(const double* place, int n, cr_smooth_bands* rough) {
  const double CLOSEST = 1e-3;
  memset(rough, 0, sizeof *rough);
  if (n < 3 || !(place[n] > place[1])) return;
  const double unit = (place[n] - place[1]) / (n - 1);
  for (int i = 1; i + 1 < n; i++) {  // about the point i of 0 .. n - 1
    const double left = fmax((place[i + 1] - place[i]) / unit, CLOSEST);
    const double right = fmax((place[i + 2] - place[i + 1]) / unit, CLOSEST);
    const double scale = 1.0 / sqrt(0.5 * (left + right));
    const double a = scale / left, c = scale / right, b = -(a + c);
    rough->diagonal[i - 1] += a * a;
    rough->diagonal[i] += b * b;
    rough->diagonal[i + 1] += c * c;
    rough->next[i - 1] += a * b;
    rough->next[i] += b * c;
    rough->second[i - 1] += a * c;
  }
}

// diag(hessian + ridge) + stiffness * rough as L diag(pivot) L' with L unit lower
// triangular of two bands: next[i] at (i + 1, i), second[i] at (i + 2, i); the pivots
// are the diagonal. Positive definite, so no row need be exchanged.
static void factor(const cr_smooth_sums* sums, int n, const cr_smooth_bands* rough,
                   double stiffness, cr_smooth_bands* f) {
  for (int i = 0; i < n; i++) {
    double a = sums[i + 1].hessian + CR_SMOOTH_RIDGE + stiffness * rough->diagonal[i];
    double b = stiffness * rough->next[i];
    const double c = stiffness * rough->second[i];
    if (i >= 1) {
      const double pull = f->diagonal[i - 1] * f->next[i - 1];
      a -= pull * f->next[i - 1];
      b -= pull * f->second[i - 1];
    }
    if (i >= 2) a -= f->diagonal[i - 2] * f->second[i - 2] * f->second[i - 2];
    f->diagonal[i] = a;
    f->next[i] = b / a;
    f->second[i] = c / a;
  }
}

static void solve(const cr_smooth_bands* f, int n, double* x) {
  for (int i = 0; i < n; i++) {
    if (i >= 1) x[i] -= f->next[i - 1] * x[i - 1];
    if (i >= 2) x[i] -= f->second[i - 2] * x[i - 2];
  }
  for (int i = n - 1; i >= 0; i--) {
    x[i] /= f->diagonal[i];
    if (i + 1 < n) x[i] -= f->next[i] * x[i + 1];
    if (i + 2 < n) x[i] -= f->second[i] * x[i + 2];
  }
}

static double alone(cr_smooth_sums sums, double stiffness) {
  return -sums.gradient / (sums.hessian + CR_SMOOTH_RIDGE + stiffness);
}

void cr_smooth_ordered(const cr_smooth_sums* sums, int n, const cr_smooth_bands* rough,
                       double stiffness, double* step) {
  cr_smooth_bands f;
  factor(sums, n, rough, stiffness, &f);
  for (int i = 1; i <= n; i++) step[i] = -sums[i].gradient;
  solve(&f, n, step + 1);
  step[0] = alone(sums[0], 0.0);
}

void cr_smooth_levels(const cr_smooth_sums* sums, int n, double stiffness, double* step) {
  for (int i = 1; i <= n; i++) step[i] = alone(sums[i], stiffness);
  step[0] = alone(sums[0], 0.0);
}

// Trace of A^-1 diag(hessian): the bands of the inverse from the last row up
static double freedom_ordered(const cr_smooth_sums* sums, int n,
                              const cr_smooth_bands* rough, double stiffness) {
  cr_smooth_bands f;
  factor(sums, n, rough, stiffness, &f);
  double here = 0.0, next = 0.0;      // diagonal of the inverse, rows i + 1 and i + 2
  double between = 0.0, trace = 0.0;  // its element (i + 1, i + 2)
  for (int i = n - 1; i >= 0; i--) {
    const double second = -f.next[i] * between - f.second[i] * next;
    const double first = -f.next[i] * here - f.second[i] * between;
    const double diagonal =
        1.0 / f.diagonal[i] - f.next[i] * first - f.second[i] * second;
    trace += diagonal * sums[i + 1].hessian;
    next = here;
    here = diagonal;
    between = first;
  }
  return trace;
}

static double freedom_levels(const cr_smooth_sums* sums, int n, double stiffness) {
  double trace = 0.0;
  for (int i = 1; i <= n; i++) {
    trace += sums[i].hessian / (sums[i].hessian + CR_SMOOTH_RIDGE + stiffness);
  }
  return trace;
}

double cr_smooth_stiffness(const cr_smooth_sums* sums, int n,
                           const cr_smooth_bands* rough, double freedom) {
  if (n <= freedom) return 0.0;
  double low = 1e-6, high = 1e15;
  for (int k = 0; k < 80; k++) {
    const double middle = sqrt(low * high);
    const double trace = rough == NULL ? freedom_levels(sums, n, middle)
                                       : freedom_ordered(sums, n, rough, middle);
    if (trace > freedom) {
      low = middle;
    } else {
      high = middle;
    }
  }
  return high;
}

void cr_smooth_monotone(const cr_smooth_sums* sums, int n, int direction, double* value) {
  double mean[CR_SMOOTH_CODES], mass[CR_SMOOTH_CODES];
  int length[CR_SMOOTH_CODES], pools = 0;
  for (int i = 1; i <= n; i++) {
    mean[pools] = direction * value[i];
    mass[pools] = sums[i].hessian + CR_SMOOTH_RIDGE;
    length[pools++] = 1;
    while (pools > 1 && mean[pools - 2] > mean[pools - 1]) {
      pools--;
      const double both = mass[pools - 1] + mass[pools];
      mean[pools - 1] =
          (mean[pools - 1] * mass[pools - 1] + mean[pools] * mass[pools]) / both;
      mass[pools - 1] = both;
      length[pools - 1] += length[pools];
    }
  }
  for (int k = 0, i = 1; k < pools; k++) {
    for (int t = 0; t < length[k]; t++) value[i++] = direction * mean[k];
  }
}

// ---- two dimensions ----

enum { G = CR_SMOOTH_GRID };

// Sums of the codes up to each row and column, inclusive
static void accumulate(const cr_smooth_sums* sums, cr_smooth_sums up[G][G]) {
  for (int a = 0; a < G; a++) {
    cr_smooth_sums line = {0.0, 0.0};
    for (int b = 0; b < G; b++) {
      line.gradient += sums[a * G + b].gradient;
      line.hessian += sums[a * G + b].hessian;
      up[a][b] = line;
      if (a == 0) continue;
      up[a][b].gradient += up[a - 1][b].gradient;
      up[a][b].hessian += up[a - 1][b].hessian;
    }
  }
}

static cr_smooth_sums minus(cr_smooth_sums x, cr_smooth_sums y) {
  return (cr_smooth_sums){x.gradient - y.gradient, x.hessian - y.hessian};
}

static double worth(cr_smooth_sums x, double ridge) {
  const double h = x.hessian > 0.0 ? x.hessian : 0.0;  // a difference may round below 0
  return 0.5 * x.gradient * x.gradient / (h + ridge);
}

// Quadrants about the cut after row a and column b: low low, low high, high low, high
// high
static void quarter(cr_smooth_sums up[G][G], int a, int b, cr_smooth_sums part[4]) {
  part[0] = up[a][b];
  part[1] = minus(up[a][G - 1], up[a][b]);
  part[2] = minus(up[G - 1][b], up[a][b]);
  part[3] = minus(minus(up[G - 1][G - 1], up[a][G - 1]), part[2]);
}

// What four constants gain over the better of two constants one way
static double gain_of(cr_smooth_sums up[G][G], int a, int b, double ridge) {
  cr_smooth_sums part[4];
  quarter(up, a, b, part);
  double whole = 0.0;
  for (int q = 0; q < 4; q++) whole += worth(part[q], ridge);
  const cr_smooth_sums all = up[G - 1][G - 1];
  const double by_row =
      worth(up[a][G - 1], ridge) + worth(minus(all, up[a][G - 1]), ridge);
  const double by_column =
      worth(up[G - 1][b], ridge) + worth(minus(all, up[G - 1][b]), ridge);
  return whole - (by_row > by_column ? by_row : by_column);
}

double cr_smooth_quadrants(const cr_smooth_sums* sums, double ridge, double* step) {
  cr_smooth_sums up[G][G];
  accumulate(sums, up);
  double best = 0.0;
  int row = -1, column = -1;
  for (int a = 0; a + 1 < G; a++) {
    for (int b = 0; b + 1 < G; b++) {
      const double gain = gain_of(up, a, b, ridge);
      if (gain <= best) continue;
      best = gain;
      row = a;
      column = b;
    }
  }
  memset(step, 0, (size_t)(G * G) * sizeof *step);
  if (row < 0) return 0.0;
  cr_smooth_sums part[4];
  quarter(up, row, column, part);
  for (int a = 0; a < G; a++) {
    for (int b = 0; b < G; b++) {
      const cr_smooth_sums own = part[2 * (a > row) + (b > column)];
      const double h = own.hessian > 0.0 ? own.hessian : 0.0;
      step[a * G + b] = -own.gradient / (h + ridge);
    }
  }
  return best;
}
