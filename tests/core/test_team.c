#include "base/team.h"

#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "base/rng.h"
#include "check.h"

enum { MOST = 8 };

// ---- items ----

enum { ITEMS = 3000 };

typedef struct {
  uint32_t times[ITEMS];  // each item is written by one member only
  uint32_t value[ITEMS];
  atomic_int wrong_worker;
  int threads;
} items;

static void do_item(size_t i, int worker, void* data) {
  items* all = data;
  if (worker < 0 || worker >= all->threads) atomic_store(&all->wrong_worker, 1);
  cr_rng rng = cr_rng_stream(1, CR_FOR_TREE, i);
  all->times[i]++;
  all->value[i] = cr_rng_u32(&rng);
}

static bool each_once(const items* all) {
  for (size_t i = 0; i < ITEMS; i++) {
    if (all->times[i] != 1) return false;
  }
  return true;
}

static void check_items(void) {
  static items alone, many;
  for (int threads = 1; threads <= MOST; threads++) {
    memset(&many, 0, sizeof many);
    many.threads = threads;
    const cr_run run = {.threads = threads};
    CHECK(cr_team_for(&run, ITEMS, do_item, &many, NULL) == CR_OK);
    CHECK(each_once(&many));
    CHECK(many.wrong_worker == 0);
    if (threads == 1) alone = many;
    CHECK(memcmp(alone.value, many.value, sizeof alone.value) == 0);
  }
  const cr_run run = {.threads = 4};
  memset(&many, 0, sizeof many);
  CHECK(cr_team_for(&run, 0, do_item, &many, NULL) == CR_OK);
  CHECK(many.times[0] == 0);
}

// ---- barriers and counters ----

enum { PHASES = 500, BLOCKS = 37 };

typedef struct {
  cr_counter counter;
  int reached[MOST];  // the phase a member is in; read by others after barriers only
  int done[BLOCKS];
  int64_t total;
  atomic_int apart, size;
  atomic_int ids;
} phases;

static void walk(cr_worker* me, void* data) {
  phases* all = data;
  atomic_fetch_or(&all->ids, 1 << me->id);
  atomic_store(&all->size, me->size);
  for (int p = 1; p <= PHASES; p++) {
    all->reached[me->id] = p;
    size_t b;
    while (cr_team_next(me, &all->counter, BLOCKS, false, &b)) all->done[b] = p * (int)b;
    cr_team_barrier(me);
    for (int m = 0; m < me->size; m++) {
      if (all->reached[m] != p) atomic_store(&all->apart, 1);
    }
    if (me->id == 0) {
      for (int i = 0; i < BLOCKS; i++) all->total += all->done[i];
      cr_counter_reset(&all->counter);
    }
    cr_team_barrier(me);
  }
}

static void check_phases(void) {
  static phases all;
  for (int threads = 1; threads <= MOST; threads++) {
    memset(&all, 0, sizeof all);
    const cr_run run = {.threads = threads};
    CHECK(cr_team_run(&run, walk, &all, NULL) == CR_OK);
    CHECK(all.apart == 0);
    CHECK(all.size == threads);
    CHECK(all.ids == (1 << threads) - 1);
    const int64_t blocks = BLOCKS * (BLOCKS - 1) / 2, sum = PHASES * (PHASES + 1) / 2;
    CHECK(all.total == blocks * sum);
  }
}

// ---- the tick ----

typedef struct {
  pthread_t caller;
  int calls, patience;  // refuses once it was asked more than `patience` times
  bool other_thread, falling, outside;
  double last;
} watch;

static bool tick(void* data, double done) {
  watch* seen = data;
  seen->calls++;
  if (!pthread_equal(pthread_self(), seen->caller)) seen->other_thread = true;
  if (done < seen->last) seen->falling = true;
  if (!(done >= 0.0 && done <= 1.0)) seen->outside = true;
  seen->last = done;
  return seen->calls <= seen->patience;
}

static watch new_watch(int patience) {
  const watch seen = {.caller = pthread_self(), .patience = patience};
  return seen;
}

static void until_stopped(cr_worker* me, void* data) {
  (void)data;
  while (!cr_team_must_stop(me)) {
  }
}

typedef struct {
  int rounds[MOST];
} leavers;

// All members must leave the loop in the same round.
static void round_trips(cr_worker* me, void* data) {
  leavers* all = data;
  for (;;) {
    cr_team_barrier(me);
    if (cr_team_cancelled(me)) return;
    all->rounds[me->id]++;
  }
}

static void slow_item(size_t i, int worker, void* data) {
  (void)i;
  (void)worker;
  (void)data;
  const struct timespec millisecond = {.tv_nsec = 1000000};
  nanosleep(&millisecond, NULL);
}

static void half_way(cr_worker* me, void* data) {
  if (me->id == 0) cr_team_progress(me, 0.5);
  until_stopped(me, data);
}

static void check_ticks(void) {
  for (int threads = 1; threads <= 3; threads++) {
    cr_error err = {.status = CR_OK};
    watch seen = new_watch(2);
    const cr_run run = {.threads = threads, .tick = tick, .tick_data = &seen};
    CHECK(cr_team_run(&run, until_stopped, NULL, &err) == CR_ECANCELLED);
    CHECK(err.status == CR_ECANCELLED && strcmp(err.code, "cancelled") == 0);
    CHECK(seen.calls == 3 && !seen.other_thread);

    seen = new_watch(0);
    leavers all = {{0}};
    CHECK(cr_team_run(&run, round_trips, &all, &err) == CR_ECANCELLED);
    for (int m = 1; m < threads; m++) CHECK(all.rounds[m] == all.rounds[0]);

    // items are left out after a refusal, and the message says how far it came
    seen = new_watch(1);
    CHECK(cr_team_for(&run, 1000000, slow_item, NULL, &err) == CR_ECANCELLED);
    CHECK(seen.calls == 2 && !seen.falling && !seen.outside);
    CHECK(strstr(err.message, "stopped after 0%") != NULL);

    seen = new_watch(1000000);
    CHECK(cr_team_for(&run, 100, slow_item, NULL, &err) == CR_OK);
    CHECK(seen.calls > 0 && !seen.falling && !seen.outside);
    if (threads == 1) CHECK(seen.last > 0.0);
  }

  cr_error err;
  watch seen = new_watch(0);
  const cr_run run = {.threads = 2, .tick = tick, .tick_data = &seen};
  CHECK(cr_team_run(&run, half_way, NULL, &err) == CR_ECANCELLED);
  CHECK(seen.last == 0.5 && strstr(err.message, "stopped after 50%") != NULL);
}

// ---- failures inside ----

static void give_up(cr_worker* me, void* data) {
  const cr_status* status = data;
  if (me->id == me->size - 1) {
    cr_team_abort(me, *status);
    cr_team_abort(me, CR_EIO);  // too late: the first one counts
  }
  until_stopped(me, NULL);
}

static void check_aborts(void) {
  static const cr_status given[] = {CR_ENOMEM, CR_ENUMERIC, CR_EINPUT};
  for (int threads = 1; threads <= 3; threads++) {
    const cr_run run = {.threads = threads};
    for (size_t i = 0; i < sizeof given / sizeof *given; i++) {
      cr_error err = {.status = CR_OK};
      cr_status status = given[i];
      CHECK(cr_team_run(&run, give_up, &status, &err) == given[i]);
      CHECK(err.status == given[i] && err.message[0] != '\0');
    }
  }
}

static void check_few_threads(void) {
  static items all;
  const cr_run run = {.threads = 5};
  for (int limit = 0; limit <= 4; limit++) {
    memset(&all, 0, sizeof all);
    all.threads = limit + 1;
    check_limit_threads(limit);
    CHECK(cr_team_for(&run, ITEMS, do_item, &all, NULL) == CR_OK);
    CHECK(each_once(&all) && all.wrong_worker == 0);

    static phases walked;
    memset(&walked, 0, sizeof walked);
    check_limit_threads(limit);
    CHECK(cr_team_run(&run, walk, &walked, NULL) == CR_OK);
    CHECK(walked.size == limit + 1 && walked.apart == 0);
  }
  check_limit_threads(-1);

  // no memory for the list of members: the caller works alone
  memset(&all, 0, sizeof all);
  all.threads = 1;
  check_fail_alloc(1);
  CHECK(cr_team_for(&run, ITEMS, do_item, &all, NULL) == CR_OK);
  CHECK(check_alloc_struck());
  check_fail_alloc(0);
  CHECK(each_once(&all) && all.wrong_worker == 0);
}

// ---- surroundings ----

static void look_at_signals(cr_worker* me, void* data) {
  sigset_t blocked;
  pthread_sigmask(SIG_SETMASK, NULL, &blocked);
  bool* interruptible = data;
  interruptible[me->id] = sigismember(&blocked, SIGINT) == 0;
}

static void check_surroundings(void) {
  // SIGINT reaches the calling thread only, and its own mask is as before
  bool interruptible[3] = {false, true, true};
  const cr_run run = {.threads = 3};
  CHECK(cr_team_run(&run, look_at_signals, interruptible, NULL) == CR_OK);
  CHECK(interruptible[0] && !interruptible[1] && !interruptible[2]);

  // a child made by fork() after a run can run teams of its own
  static items all;
  const pid_t child = fork();
  if (child == 0) {
    all.threads = 3;
    const bool fine =
        cr_team_for(&run, ITEMS, do_item, &all, NULL) == CR_OK && each_once(&all);
    _exit(fine ? EXIT_SUCCESS : EXIT_FAILURE);
  }
  int status = -1;
  CHECK(child > 0 && waitpid(child, &status, 0) == child);
  CHECK(WIFEXITED(status) && WEXITSTATUS(status) == EXIT_SUCCESS);

  CHECK(cr_team_processors() >= 1);
  const struct {
    int wanted, given;
  } bounds[] = {{-5, 1}, {0, 1}, {1, 1}, {7, 7}, {256, 256}, {1000, 256}};
  for (size_t i = 0; i < sizeof bounds / sizeof *bounds; i++) {
    const cr_run wanted = {.threads = bounds[i].wanted};
    CHECK(cr_team_threads(&wanted) == bounds[i].given);
  }
}

void test_team(void) {
  check_items();
  check_phases();
  check_ticks();
  check_aborts();
  check_few_threads();
  check_surroundings();
}
