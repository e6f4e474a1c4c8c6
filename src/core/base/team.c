#if defined(__linux__) && !defined(_GNU_SOURCE)
#define _GNU_SOURCE  // sched_getaffinity
#endif

#include "base/team.h"

#include <pthread.h>
#include <time.h>
#ifdef _WIN32
#include <windows.h>
#else
#include <signal.h>
#include <unistd.h>
#endif
#ifdef __linux__
#include <sched.h>
#endif

#include "base/gate.h"
#include "base/mem.h"

#include "base/exact.h"

enum { MAX_THREADS = 256, TICK_NANOSECONDS = 20000000 };

struct cr_team {
  int size;
  cr_team_work work;
  void* data;
  const cr_run* run;

  cr_gate gate;  // opens once when all members are made, then at each barrier
  atomic_int arrived;

  atomic_int status;  // cr_status that ends the run, CR_OK while it goes on
  bool cancelled;     // `status` as published at the last barrier
  double done;        // member 0 only
  int64_t next_tick;  // member 0 only, monotonic nanoseconds
};

typedef struct {
  cr_worker me;
  pthread_t thread;
} member;

static int64_t now(void);

double cr_team_clock(void) { return (double)now() * 1e-9; }

static int64_t now(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return (int64_t)t.tv_sec * 1000000000 + t.tv_nsec;
}

// Member 0 only: asks the tick, not more often than its interval.
static void poll(cr_team* team) {
  if (team->run->tick == NULL) return;
  const int64_t time = now();
  if (time < team->next_tick) return;
  team->next_tick = time + TICK_NANOSECONDS;
  if (!team->run->tick(team->run->tick_data, team->done)) {
    int running = CR_OK;
    atomic_compare_exchange_strong(&team->status, &running, CR_ECANCELLED);
  }
}

static bool stopping(const cr_team* team) { return atomic_load(&team->status) != CR_OK; }

void cr_team_barrier(cr_worker* me) {
  cr_team* team = me->team;
  if (me->id == 0) poll(team);
  if (team->size == 1) {
    team->cancelled = stopping(team);
    return;
  }

  const unsigned turn = cr_gate_turn(&team->gate);
  if (atomic_fetch_add(&team->arrived, 1) + 1 < team->size) {
    cr_gate_wait(&team->gate, turn);
    return;
  }
  atomic_store(&team->arrived, 0);
  team->cancelled = stopping(team);
  cr_gate_open(&team->gate);
}

bool cr_team_cancelled(const cr_worker* me) { return me->team->cancelled; }

bool cr_team_must_stop(cr_worker* me) {
  if (me->id == 0) poll(me->team);
  return stopping(me->team);
}

void cr_team_progress(cr_worker* me, double done) {
  me->team->done = done;
  poll(me->team);
}

void cr_team_abort(cr_worker* me, cr_status status) {
  int running = CR_OK;
  atomic_compare_exchange_strong(&me->team->status, &running, (int)status);
}

void cr_counter_reset(cr_counter* counter) { atomic_store(&counter->next, 0); }

bool cr_team_next(cr_worker* me, cr_counter* counter, size_t n, bool report,
                  size_t* item) {
  if (cr_team_must_stop(me)) return false;
  const size_t next = atomic_fetch_add_explicit(&counter->next, 1, memory_order_relaxed);
  if (next >= n) return false;
  if (report && me->id == 0) me->team->done = (double)next / (double)n;
  *item = next;
  return true;
}

int cr_team_processors(void) {
#if defined(_WIN32)
  SYSTEM_INFO info;
  GetSystemInfo(&info);
  return info.dwNumberOfProcessors < 1 ? 1 : (int)info.dwNumberOfProcessors;
#else
#if defined(__linux__)
  cpu_set_t allowed;
  if (sched_getaffinity(0, sizeof allowed, &allowed) == 0) {
    const int count = CPU_COUNT(&allowed);
    if (count > 0) return count;
  }
#endif
  const long online = sysconf(_SC_NPROCESSORS_ONLN);
  return online < 1 ? 1 : (int)online;
#endif
}

int cr_team_threads(const cr_run* run) {
  if (run->threads < 1) return 1;
  return run->threads > MAX_THREADS ? MAX_THREADS : run->threads;
}

static void* enter(void* argument) {
  member* self = argument;
  cr_team* team = self->me.team;
  cr_gate_wait(&team->gate, 0);  // until all are made: only then is the size known
  self->me.size = team->size;
  team->work(&self->me, team->data);
  return NULL;
}

// Starts up to `wanted` members besides the caller; returns how many started.
// Signals stay with the calling thread: R's handlers must run there.
static int start_members(cr_team* team, member* members, int wanted) {
  int started = 0;
#ifndef _WIN32
  sigset_t all, before;
  sigfillset(&all);
  pthread_sigmask(SIG_SETMASK, &all, &before);
#endif
  while (started < wanted) {
    member* self = &members[started];
    self->me.team = team;
    self->me.id = started + 1;
    if (pthread_create(&self->thread, NULL, enter, self) != 0) break;
    started++;
  }
#ifndef _WIN32
  pthread_sigmask(SIG_SETMASK, &before, NULL);
#endif
  return started;
}

static cr_status outcome(const cr_team* team, cr_error* err) {
  const cr_status status = (cr_status)atomic_load(&team->status);
  switch (status) {
    case CR_OK: return CR_OK;
    case CR_ECANCELLED:
      return cr_fail(err, status, "cancelled", "stopped after %.0f%% of the work",
                     100.0 * team->done);
    case CR_ENOMEM:
      return cr_fail(err, status, "memory", "no memory for a thread's scratch space");
    default:
      return cr_fail(err, status, "worker", "a thread ended with status %d", (int)status);
  }
}

cr_status cr_team_run(const cr_run* run, cr_team_work work, void* data, cr_error* err) {
  const int wanted = cr_team_threads(run) - 1;
  cr_team team = {.size = 1, .work = work, .data = data, .run = run};
  team.next_tick = run->tick == NULL ? 0 : now() + TICK_NANOSECONDS;
  member* members = NULL;
  int started = 0;

  cr_gate_init(&team.gate);
  if (wanted > 0) members = cr_alloc((size_t)wanted, sizeof *members);
  if (members != NULL) started = start_members(&team, members, wanted);

  team.size = started + 1;
  cr_gate_open(&team.gate);

  cr_worker caller = {&team, 0, team.size};
  work(&caller, data);

  for (int i = 0; i < started; i++) pthread_join(members[i].thread, NULL);
  cr_free(members);
  cr_gate_destroy(&team.gate);
  return outcome(&team, err);
}

typedef struct {
  cr_counter counter;
  size_t n;
  cr_team_item item;
  void* data;
} loop;

static void run_items(cr_worker* me, void* data) {
  loop* todo = data;
  size_t i;
  while (cr_team_next(me, &todo->counter, todo->n, true, &i)) {
    todo->item(i, me->id, todo->data);
  }
}

cr_status cr_team_for(const cr_run* run, size_t n, cr_team_item item, void* data,
                      cr_error* err) {
  loop todo = {.n = n, .item = item, .data = data};
  cr_run bounded = *run;
  if (n < (size_t)cr_team_threads(run)) bounded.threads = n == 0 ? 1 : (int)n;
  return cr_team_run(&bounded, run_items, &todo, err);
}
