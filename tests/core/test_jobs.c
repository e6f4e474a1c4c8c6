#include "base/jobs.h"

#include "check.h"

enum { MOST = 11 };

typedef struct {
  int times[MOST], threads[MOST];
  uint64_t seed[MOST];
  size_t failing[2];  // jobs that fail, each with a status of its own
  atomic_int n_done;
} record;

static void touch(cr_worker* me, void* data) {
  (void)data;
  cr_team_must_stop(me);
}

static cr_status note(size_t i, const cr_run* run, void* data, cr_error* err) {
  record* all = data;
  all->times[i]++;
  all->threads[i] = run->threads;
  all->seed[i] = run->seed;
  atomic_fetch_add(&all->n_done, 1);
  const cr_status status = cr_team_run(run, touch, NULL, err);
  if (status != CR_OK) return status;
  if (i != all->failing[0] && i != all->failing[1]) return CR_OK;
  return cr_fail(err, CR_EINPUT, "broken", "job %zu broke", i);
}

static void each_job_runs_once(void) {
  for (int threads = 1; threads <= 5; threads++) {
    for (size_t n = 0; n <= MOST; n++) {
      record all = {.failing = {MOST, MOST}};
      const cr_run run = {.threads = threads, .seed = 17};
      CHECK(cr_jobs_run(&run, n, note, &all, NULL) == CR_OK);
      const size_t together = cr_jobs_together(&run, n);
      CHECK(threads == 1 ? together == 0 : n - together < (size_t)threads);
      for (size_t i = 0; i < MOST; i++) {
        CHECK(all.times[i] == (i < n));
        if (i < n) CHECK(all.threads[i] == (i < together ? 1 : threads));
        if (i < n) CHECK(all.seed[i] == 17);
      }
    }
  }
}

static void a_failed_job_says_why(void) {
  for (int threads = 1; threads <= 4; threads++) {
    record all = {.failing = {9, 3}};
    cr_error err;
    const cr_run run = {.threads = threads};
    CHECK(cr_jobs_run(&run, MOST, note, &all, &err) == CR_EINPUT);
    CHECK(strcmp(err.code, "broken") == 0);
    CHECK(threads > 1 || (all.n_done == 4 && strcmp(err.message, "job 3 broke") == 0));
  }
}

typedef struct {
  double last;
  int asked, refuse_at;
  bool fell;
} watch;

static bool tick(void* data, double done) {
  watch* seen = data;
  seen->fell = seen->fell || done < seen->last || done > 1.0;
  seen->last = done;
  return ++seen->asked != seen->refuse_at;
}

static void sleep_a_little(cr_worker* me, void* data) {
  (void)data;
  const double start = cr_team_clock();
  for (double share = 0.0; share < 1.0; share = (cr_team_clock() - start) / 0.05) {
    if (me->id == 0) cr_team_progress(me, share);
  }
}

static cr_status slow(size_t i, const cr_run* run, void* data, cr_error* err) {
  (void)i;
  (void)data;
  return cr_team_run(run, sleep_a_little, NULL, err);
}

static void progress_only_grows_and_a_refusal_ends_it(void) {
  for (int threads = 1; threads <= 3; threads++) {
    watch seen = {0};
    const cr_run run = {.threads = threads, .tick = tick, .tick_data = &seen};
    CHECK(cr_jobs_run(&run, 5, slow, NULL, NULL) == CR_OK);
    CHECK(seen.asked > 0 && !seen.fell);
    seen = (watch){.refuse_at = 1};
    CHECK(cr_jobs_run(&run, 5, slow, NULL, NULL) == CR_ECANCELLED);
    CHECK(seen.asked >= 1);
  }
}

void test_jobs(void) {
  each_job_runs_once();
  a_failed_job_says_why();
  progress_only_grows_and_a_refusal_ends_it();
  record all = {.failing = {MOST, MOST}};
  const cr_run run = {.threads = 2};
  check_fail_alloc(1);
  CHECK(cr_jobs_run(&run, 5, note, &all, NULL) == CR_ENOMEM);
  CHECK(all.n_done == 0 && check_live_blocks() == 0);
}
