#include "linear/strips.h"

#include "base/mem.h"

#include "base/exact.h"

enum { ROWS_A_TASK = 16 * CR_STRIP };

typedef struct {
  const cr_design* design;
  const cr_frame* frame;
  cr_strip_use use;
  void* data;
  double** strip;  // by worker
} walking;

static void walk_rows(size_t task, int worker, void* data) {
  const walking* w = data;
  const size_t n_rows = w->frame->n_rows, from = task * ROWS_A_TASK;
  const size_t end = n_rows - from < ROWS_A_TASK ? n_rows : from + ROWS_A_TASK;
  double* strip = w->strip[worker];
  for (size_t first = from; first < end; first += CR_STRIP) {
    const size_t n = end - first < CR_STRIP ? end - first : CR_STRIP;
    cr_design_fill(w->design, w->frame, NULL, first, n, strip);
    w->use(strip, first, n, w->data);
  }
}

cr_status cr_strips_walk(const cr_design* design, const cr_frame* frame,
                         const cr_run* run, cr_strip_use use, void* data, cr_error* err) {
  cr_status status = CR_OK;
  walking w = {.design = design, .frame = frame, .use = use, .data = data};
  const size_t n_tasks = (frame->n_rows + ROWS_A_TASK - 1) / ROWS_A_TASK;
  const size_t wanted = (size_t)cr_team_threads(run);
  const size_t n_workers = wanted < n_tasks ? wanted : n_tasks;
  const size_t n_values = cr_design_panels(design) * CR_STRIP * CR_LANES;
  CR_TRY(cr_design_match(design, frame, err));
  w.strip = cr_alloc_zero(n_workers, sizeof *w.strip);
  for (size_t t = 0; w.strip != NULL && t < n_workers; t++) {
    w.strip[t] = cr_alloc_aligned(n_values, sizeof **w.strip);
  }
  for (size_t t = 0; t < n_workers; t++) {
    if (w.strip != NULL && w.strip[t] != NULL) continue;
    status = cr_fail(err, CR_ENOMEM, "memory", "no memory for a strip of rows");
    goto done;
  }
  status = cr_team_for(run, n_tasks, walk_rows, &w, err);

done:
  for (size_t t = 0; w.strip != NULL && t < n_workers; t++) cr_free_aligned(w.strip[t]);
  cr_free(w.strip);
  return status;
}
