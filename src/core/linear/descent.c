#include "linear/descent.h"

#include <math.h>
#include <string.h>

#include "base/mem.h"
#include "linear/chol.h"

#include "base/exact.h"

enum { ROUNDS = 500, SWEEPS = 30 };

// A sweep's largest effect that counts, and a slope that is none: shares of the problem's
// own size. A diagonal that is 0, against the largest.
static const double RESTS = 1e-10, LEVEL = 1e-12, FLAT = 1e-12;

// ---- penalty ---------------------------------------------------------------------

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

static int8_t sign_of(const cr_penalty* penalty, size_t j) {
  return penalty->sign == NULL ? 0 : penalty->sign[j];
}

static double soft_of(const cr_penalty* penalty, size_t j) {
  return j == 0 ? 0.0 : penalty->size * penalty->lasso;
}

static double ridge_of(const cr_penalty* penalty, size_t j) {
  return j == 0 ? 0.0 : penalty->size * (1.0 - penalty->lasso);
}

// ---- sweeps ----------------------------------------------------------------------

void cr_descent_free(cr_descent* room) {
  cr_free(room->matrix);
  cr_free(room->slope);
  cr_free(room->target);
  cr_free(room->skipped);
  cr_free(room->member);
  *room = (cr_descent){0};
}

cr_status cr_descent_make(size_t p, cr_descent* room, cr_error* err) {
  room->p = p;
  room->matrix = cr_alloc(p * p, sizeof *room->matrix);
  room->slope = cr_alloc(p, sizeof *room->slope);
  room->target = cr_alloc(p, sizeof *room->target);
  room->skipped = cr_alloc_zero(p, sizeof *room->skipped);
  room->member = cr_alloc(p, sizeof *room->member);
  if (room->matrix != NULL && room->slope != NULL && room->target != NULL &&
      room->skipped != NULL && room->member != NULL) {
    return CR_OK;
  }
  return cr_fail(err, CR_ENOMEM, "memory", "no memory for %zu terms", p);
}

// One problem with its scratch
typedef struct {
  const double* a;
  const double* c;
  size_t p;
  const cr_penalty* penalty;
  double flat;   // diagonals up to this are 0
  double scale;  // of the objective
  cr_descent* room;
  double* b;
} search;

static double diagonal(const search* s, size_t j) { return s->a[j * s->p + j]; }

// The best value of coefficient j with the others as they are
static double best(const search* s, size_t j) {
  const double pull = diagonal(s, j) * s->b[j] - s->room->slope[j];
  const double reach = fabs(pull) - soft_of(s->penalty, j);
  if (reach <= 0.0) return 0.0;
  const double bend = diagonal(s, j) + ridge_of(s->penalty, j);
  const double value = pull > 0.0 ? reach / bend : -reach / bend;
  return (double)sign_of(s->penalty, j) * value < 0.0 ? 0.0 : value;
}

// Moves each coefficient to its best; returns the largest effect on the objective.
static double sweep(const search* s, bool moving_only) {
  double largest = 0.0;
  for (size_t j = 0; j < s->p; j++) {
    if ((moving_only && s->b[j] == 0.0) || !(diagonal(s, j) > s->flat)) continue;
    const double now = best(s, j), change = now - s->b[j];
    if (change == 0.0) continue;
    s->b[j] = now;
    const double* row = s->a + j * s->p;
    for (size_t k = 0; k < s->p; k++) s->room->slope[k] += change * row[k];
    largest = fmax(largest, diagonal(s, j) * change * change);
  }
  return largest;
}

// A b - c, afresh
static void find_slope(const search* s) {
  double* slope = s->room->slope;
  for (size_t k = 0; k < s->p; k++) slope[k] = -s->c[k];
  for (size_t j = 0; j < s->p; j++) {
    if (s->b[j] == 0.0) continue;
    const double* row = s->a + j * s->p;
    for (size_t k = 0; k < s->p; k++) slope[k] += s->b[j] * row[k];
  }
}

// ---- the last step ---------------------------------------------------------------

// Whether the objective has a corner, or an edge, where b_j is 0
static bool has_corner(const search* s, size_t j) {
  return soft_of(s->penalty, j) > 0.0 || sign_of(s->penalty, j) != 0;
}

static size_t find_members(const search* s) {
  size_t n = 0;
  for (size_t j = 0; j < s->p; j++) {
    if (!(diagonal(s, j) > s->flat)) continue;
    if (s->b[j] != 0.0 || !has_corner(s, j)) s->room->member[n++] = (uint32_t)j;
  }
  return n;
}

// Where the objective is least as long as members keep their signs.
static void solve_members(const search* s, size_t n) {
  const uint32_t* member = s->room->member;
  double *m = s->room->matrix, *target = s->room->target;
  for (size_t i = 0; i < n; i++) {
    const size_t j = member[i];
    const double soft = soft_of(s->penalty, j);
    for (size_t k = 0; k <= i; k++) m[i * n + k] = s->a[j * s->p + member[k]];
    m[i * n + i] += ridge_of(s->penalty, j);
    target[i] = s->c[j] - (s->b[j] > 0.0 ? soft : s->b[j] < 0.0 ? -soft : 0.0);
  }
  cr_chol_factor(m, n, s->room->skipped);
  cr_chol_solve(m, n, s->room->skipped, target);
}

// Goes there, or until a member reaches its corner, which it then stays in; true when
// none was in the way.
static bool go_to_target(const search* s, size_t n) {
  const double* target = s->room->target;
  double share = 1.0;
  size_t stopped = SIZE_MAX;
  for (size_t i = 0; i < n; i++) {
    const size_t j = s->room->member[i];
    if (!has_corner(s, j) || target[i] * s->b[j] > 0.0) continue;
    const double until = s->b[j] / (s->b[j] - target[i]);
    if (stopped != SIZE_MAX && until >= share) continue;
    share = until;
    stopped = j;
  }
  for (size_t i = 0; i < n; i++) {
    const size_t j = s->room->member[i];
    s->b[j] = stopped == SIZE_MAX ? target[i] : s->b[j] + share * (target[i] - s->b[j]);
  }
  if (stopped != SIZE_MAX) s->b[stopped] = 0.0;
  return stopped == SIZE_MAX;
}

static bool rests(const search* s) {
  const double least = LEVEL * sqrt(s->scale);
  for (size_t j = 0; j < s->p; j++) {
    if (s->b[j] != 0.0 || !(diagonal(s, j) > s->flat) || !has_corner(s, j)) continue;
    const double slope = s->room->slope[j], soft = soft_of(s->penalty, j);
    const double edge = soft + least * sqrt(diagonal(s, j));
    const int8_t sign = sign_of(s->penalty, j);
    if ((slope > edge && sign <= 0) || (slope < -edge && sign >= 0)) return false;
  }
  return true;
}

size_t cr_descent_solve(const double* a, const double* c, const cr_penalty* penalty,
                        cr_descent* room, double* b) {
  search s = {.a = a, .c = c, .p = room->p, .penalty = penalty, .room = room, .b = b};
  for (size_t j = 0; j < s.p; j++) s.flat = fmax(s.flat, FLAT * diagonal(&s, j));
  for (size_t j = 0; j < s.p; j++) {
    if (diagonal(&s, j) > s.flat) {
      s.scale = fmax(s.scale, c[j] * c[j] / diagonal(&s, j));
    } else {
      b[j] = 0.0;
    }
    if ((double)sign_of(penalty, j) * b[j] < 0.0) b[j] = 0.0;
  }
  size_t round = 0;
  bool done = false;
  while (!done && round++ < ROUNDS) {
    find_slope(&s);
    sweep(&s, false);
    for (int k = 0; k < SWEEPS && sweep(&s, true) > RESTS * s.scale; k++) continue;
    size_t n = find_members(&s);
    for (solve_members(&s, n); !go_to_target(&s, n); solve_members(&s, n)) {
      n = find_members(&s);
    }
    find_slope(&s);
    done = rests(&s);
  }
  return round;
}
