#include "linear/parts.h"

#include "linear/strips.h"

#include "base/exact.h"

typedef struct {
  const cr_design* design;
  size_t n_rows;
  const double* coefficient;
  double* part;
} parting;

// Column 0 of a strip is the intercept, column t + 1 the term t.
static double part_of(const cr_design* design, const double* strip,
                      const double* coefficient, size_t j, size_t row) {
  double sum = 0.0;
  for (int32_t t = design->first_term[j]; t < design->first_term[j + 1]; t++) {
    const size_t c = (size_t)t + 1;
    sum += coefficient[c] *
           strip[((c / CR_LANES) * CR_STRIP + row) * CR_LANES + c % CR_LANES];
  }
  return sum;
}

static void part_strip(const double* strip, size_t first, size_t n, void* data) {
  const parting* job = data;
  for (size_t j = 0; j < job->design->n_features; j++) {
    double* part = job->part + j * job->n_rows + first;
    for (size_t i = 0; i < n; i++) {
      part[i] = part_of(job->design, strip, job->coefficient, j, i);
    }
  }
}

cr_status cr_parts_compute(const cr_design* design, const cr_frame* frame,
                           const double* coefficient, const cr_run* run, double* part,
                           cr_error* err) {
  parting job = {.design = design,
                 .n_rows = frame->n_rows,
                 .coefficient = coefficient,
                 .part = part};
  return cr_strips_walk(design, frame, run, part_strip, &job, err);
}
