#include "linear/parts.h"

#include "base/mem.h"

#include "base/exact.h"

enum { ROWS_A_TASK = 8 * CR_STRIP };

typedef struct {
  const cr_design* design;
  const cr_frame* frame;
  const double* coefficient;
  double* part;
  double** strip;  // by worker
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

static void part_rows(size_t task, int worker, void* data) {
  const parting* job = data;
  const cr_design* design = job->design;
  const size_t n_rows = job->frame->n_rows, from = task * ROWS_A_TASK;
  const size_t end = n_rows - from < ROWS_A_TASK ? n_rows : from + ROWS_A_TASK;
  double* strip = job->strip[worker];
  for (size_t first = from; first < end; first += CR_STRIP) {
    const size_t n = end - first < CR_STRIP ? end - first : CR_STRIP;
    cr_design_fill(design, job->frame, NULL, first, n, strip);
    for (size_t j = 0; j < design->n_features; j++) {
      double* part = job->part + j * n_rows + first;
      for (size_t i = 0; i < n; i++) {
        part[i] = part_of(design, strip, job->coefficient, j, i);
      }
    }
  }
}

cr_status cr_parts_compute(const cr_design* design, const cr_frame* frame,
                           const double* coefficient, const cr_run* run, double* part,
                           cr_error* err) {
  cr_status status = CR_OK;
  parting job = {.design = design,
                 .frame = frame,
                 .coefficient = coefficient,
                 .part = part,
                 .strip = NULL};
  const size_t n_tasks = (frame->n_rows + ROWS_A_TASK - 1) / ROWS_A_TASK;
  const size_t wanted = (size_t)cr_team_threads(run);
  const size_t n_workers = wanted < n_tasks ? wanted : n_tasks;
  CR_TRY(cr_design_match(design, frame, err));
  job.strip = cr_alloc_zero(n_workers, sizeof *job.strip);
  for (size_t t = 0; job.strip != NULL && t < n_workers; t++) {
    job.strip[t] = cr_alloc_aligned(cr_design_panels(design) * CR_STRIP * CR_LANES,
                                    sizeof **job.strip);
  }
  for (size_t t = 0; t < n_workers; t++) {
    if (job.strip != NULL && job.strip[t] != NULL) continue;
    status = cr_fail(err, CR_ENOMEM, "memory", "no memory for a strip of rows");
    goto done;
  }
  status = cr_team_for(run, n_tasks, part_rows, &job, err);

done:
  for (size_t t = 0; job.strip != NULL && t < n_workers; t++) {
    cr_free_aligned(job.strip[t]);
  }
  cr_free(job.strip);
  return status;
}
