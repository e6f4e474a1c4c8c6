#include "base/jobs.h"

#include "base/mem.h"

#include "base/exact.h"

typedef struct {
  const cr_run* run;
  size_t n_together;
  cr_job job;
  void* data;
  cr_error* errors;  // of the jobs side by side
  cr_counter counter;
} jobs;

size_t cr_jobs_together(const cr_run* run, size_t n) {
  const size_t threads = (size_t)cr_team_threads(run);
  return threads == 1 ? 0 : n - n % threads;
}

static bool team_goes_on(void* data, double done) {
  (void)done;
  return !cr_team_must_stop(data);
}

// The job's tick asks the outer team, which asks the user on the calling thread only.
static void work_together(cr_worker* me, void* data) {
  jobs* all = data;
  size_t i;
  while (cr_team_next(me, &all->counter, all->n_together, true, &i)) {
    cr_run alone = *all->run;
    alone.threads = 1;
    alone.tick = team_goes_on;
    alone.tick_data = me;
    const cr_status status = all->job(i, &alone, all->data, &all->errors[i]);
    if (status != CR_OK) cr_team_abort(me, status);
  }
}

// The team knows that a job failed, the job why.
static void tell_first(const jobs* all, cr_status status, cr_error* err) {
  if (err == NULL || status == CR_ECANCELLED) return;
  for (size_t i = 0; i < all->n_together; i++) {
    if (all->errors[i].status != status) continue;
    *err = all->errors[i];
    return;
  }
}

// The jobs side by side are one part of the progress, each one after them another.
typedef struct {
  const cr_run* run;
  double from, to;
} part;

static bool tick_part(void* data, double done) {
  const part* of = data;
  return of->run->tick(of->run->tick_data, of->from + done * (of->to - of->from));
}

static cr_run run_part(part* of, const cr_run* run, size_t from, size_t to, size_t n) {
  cr_run out = *run;
  *of = (part){run, (double)from / (double)n, (double)to / (double)n};
  if (run->tick == NULL) return out;
  out.tick = tick_part;
  out.tick_data = of;
  return out;
}

cr_status cr_jobs_run(const cr_run* run, size_t n, cr_job job, void* data,
                      cr_error* err) {
  cr_status status = CR_OK;
  part of;
  jobs all = {.run = run, .job = job, .data = data};
  all.n_together = cr_jobs_together(run, n);
  if (all.n_together > 0) {
    all.errors = cr_alloc_zero(all.n_together, sizeof *all.errors);
    if (all.errors == NULL) {
      status = cr_fail(err, CR_ENOMEM, "memory", "no memory for %zu jobs", n);
      goto done;
    }
    const cr_run together = run_part(&of, run, 0, all.n_together, n);
    status = cr_team_run(&together, work_together, &all, err);
    if (status != CR_OK) {
      tell_first(&all, status, err);
      goto done;
    }
  }
  for (size_t i = all.n_together; i < n; i++) {
    const cr_run next = run_part(&of, run, i, i + 1, n);
    CR_TRY(job(i, &next, data, err));
  }

done:
  cr_free(all.errors);
  return status;
}
