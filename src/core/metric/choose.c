#include "metric/choose.h"

#include <math.h>

#include "base/exact.h"

// A target counts as reached within rounding of the sums.
static const double SLACK = 1e-12;

typedef struct {
  const cr_choose_spec* spec;
  double total[2];  // mass by class: 1 is the event
  double above[2];  // at or above the candidate
  double value;     // sum over all rows at the candidate
  double cutoff, objective;
} search;

static double f_measure(const search* s) {
  const double b2 = s->spec->beta * s->spec->beta, hit = (1.0 + b2) * s->above[1];
  return hit / (hit + b2 * (s->total[1] - s->above[1]) + s->above[0]);
}

static double objective(const search* s) {
  const double n = s->total[0] + s->total[1];
  const double event = s->total[1] - s->above[1], other = s->total[0] - s->above[0];
  switch (s->spec->rule) {
    case CR_CHOOSE_F: return f_measure(s);
    case CR_CHOOSE_YOUDEN: return s->above[1] / s->total[1] - s->above[0] / s->total[0];
    case CR_CHOOSE_VALUE: return s->value / n;
    case CR_CHOOSE_RECALL: return s->above[1] / s->total[1];
    case CR_CHOOSE_APPROVAL: return (event + other) / n;
    case CR_CHOOSE_BAD_RATE: return event / (event + other);
  }
  return NAN;
}

// Is this candidate, lower than those before, to be preferred?
static bool better(const search* s, double found) {
  const double target = s->spec->target;
  switch (s->spec->rule) {
    case CR_CHOOSE_RECALL: return isnan(s->cutoff) && found >= target - SLACK;
    case CR_CHOOSE_APPROVAL: return found >= target - SLACK;
    case CR_CHOOSE_BAD_RATE: return isnan(s->cutoff) && found <= target + SLACK;
    default: return isnan(s->cutoff) || found > s->objective;
  }
}

static void consider(search* s, double cutoff) {
  const double found = objective(s);
  if (isnan(found) || !better(s, found)) return;
  s->cutoff = cutoff;
  s->objective = found;
}

cr_status cr_choose_rows(const cr_layout* layout, const double* mass,
                         const cr_replica_scratch* scratch, const void* spec,
                         double* out) {
  (void)scratch;
  search s = {.spec = spec, .cutoff = NAN, .objective = NAN};
  const bool valued = s.spec->rule == CR_CHOOSE_VALUE;
  for (size_t i = 0; i < layout->n; i++) {
    s.total[layout->code[i] & CR_IS_EVENT] += mass[i];
    if (valued) s.value += mass[i] * s.spec->approved[layout->row[i]];
  }
  consider(&s, INFINITY);
  double moved = 0.0;  // mass of the tie so far
  for (size_t i = 0; i < layout->n; i++) {
    const uint32_t row = layout->row[i];
    s.above[layout->code[i] & CR_IS_EVENT] += mass[i];
    if (valued) s.value += mass[i] * (s.spec->declined[row] - s.spec->approved[row]);
    moved += mass[i];
    if (!(layout->code[i] & CR_ENDS_TIE)) continue;
    if (moved > 0.0) consider(&s, layout->score[i]);
    moved = 0.0;
  }
  out[CR_CHOOSE_CUTOFF] = s.cutoff;
  out[CR_CHOOSE_OBJECTIVE] = s.objective;
  return CR_OK;
}

cr_status cr_capture_rows(const cr_layout* layout, const double* mass,
                          const cr_replica_scratch* scratch, const void* spec,
                          double* out) {
  (void)scratch;
  const cr_capture_spec* s = spec;
  double total[2] = {0.0, 0.0}, passed[2] = {0.0, 0.0}, tied[2] = {0.0, 0.0};
  for (size_t i = 0; i < layout->n; i++) total[layout->code[i] & CR_IS_EVENT] += mass[i];
  const double all = total[0] + total[1];
  size_t k = 0;
  for (size_t i = 0; i < layout->n; i++) {
    tied[layout->code[i] & CR_IS_EVENT] += mass[i];
    if (!(layout->code[i] & CR_ENDS_TIE)) continue;
    const double before = passed[0] + passed[1], width = tied[0] + tied[1];
    for (; k < s->n && s->depth[k] * all <= before + width; k++) {
      const double part = width > 0.0 ? (s->depth[k] * all - before) / width : 0.0;
      out[k] = (passed[1] + part * tied[1]) / total[1];
    }
    for (int c = 0; c < 2; c++) {
      passed[c] += tied[c];
      tied[c] = 0.0;
    }
  }
  for (; k < s->n; k++) out[k] = 1.0;  // what rounding left beyond the last row
  return CR_OK;
}
