#ifndef LCRISK_BASE_TEAM_H
#define LCRISK_BASE_TEAM_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/simd.h"
#include "base/status.h"

/// The only place that makes threads.
///
/// A team is started by cr_team_run() and has ended when it returns: there is no
/// pool to break after fork(), nothing spins between calls, and OpenMP is not
/// needed. All members run the same function; they share work through counters
/// and meet at barriers. Member 0 is the calling thread, the only one that may
/// call the tick.
///
/// Results must not depend on the number of members nor on who does what. The
/// recipe: integers where sums meet, or one output per item, or fixed blocks
/// combined in block order; randomness keyed by item.

/// Asked between pieces of work, on the calling thread only, at most every 20 ms.
/// `done` is the finished share, 0 to 1. Returns false to cancel the run.
typedef bool (*cr_tick)(void* data, double done);

/// What every long call takes. A zeroed struct means one thread, no tick.
typedef struct {
  int threads;  ///< members wanted; below 1 counts as 1
  uint64_t seed;
  cr_tick tick;  ///< NULL: never asked
  void* tick_data;
  cr_simd simd;
  /// Set by the tick when what there is should do: a fit that has a useful part then
  /// ends with it. NULL: never.
  const atomic_bool* enough;
} cr_run;

typedef struct cr_team cr_team;

/// One member's view of its team.
typedef struct {
  cr_team* team;
  int id;    ///< 0 .. size-1; 0 is the calling thread
  int size;  ///< members that really started, at least 1
} cr_worker;

/// Hands out 0, 1, 2, ... to whoever asks first. On a cache line of its own.
typedef struct {
  _Atomic size_t next;
  char pad[64 - sizeof(size_t)];
} cr_counter;

typedef void (*cr_team_work)(cr_worker* me, void* data);

/// Runs `work` on every member and waits for all. When threads cannot be made
/// the team is smaller, down to the caller alone; that is not an error.
/// CR_ECANCELLED after a refused tick, or the first status given to
/// cr_team_abort(). Cost: about 15 microseconds per extra member.
cr_status cr_team_run(const cr_run* run, cr_team_work work, void* data, cr_error* err);

/// Takes the next item below `n`; false when none is left or the run is to stop.
/// Polls the tick on member 0 with done = item / n when `report` is true.
bool cr_team_next(cr_worker* me, cr_counter* counter, size_t n, bool report,
                  size_t* item);

/// Makes a counter start again at 0. Only between barriers, by one member.
void cr_counter_reset(cr_counter* counter);

/// Waits until all members are here: 2000 pauses of spinning, then sleep, so
/// that a busy neighbour costs one time slice and not a hundred.
void cr_team_barrier(cr_worker* me);

/// True when what there is should do (run->enough); any member may ask.
static inline bool cr_run_enough(const cr_run* run) {
  return run->enough != NULL && atomic_load(run->enough);
}

/// True once the run is to stop. All members get the same answer between two
/// barriers, so all can leave at the same place.
bool cr_team_cancelled(const cr_worker* me);

/// As cr_team_cancelled(), but at once and possibly not the same for all: for
/// loops inside one item of work, where nobody waits. Polls the tick on member 0.
bool cr_team_must_stop(cr_worker* me);

/// Sets the share that the tick reports; member 0 only. Polls.
void cr_team_progress(cr_worker* me, double done);

/// Ends the run with `status`; the first call wins.
void cr_team_abort(cr_worker* me, cr_status status);

/// Calls `item(i, worker_id, data)` for every i < n, in any order, on any member.
typedef void (*cr_team_item)(size_t i, int worker, void* data);
cr_status cr_team_for(const cr_run* run, size_t n, cr_team_item item, void* data,
                      cr_error* err);

/// Seconds of a clock that only goes forward.
double cr_team_clock(void);

/// Processors this process may use: a container's or an affinity mask's limit
/// counts. At least 1.
int cr_team_processors(void);

/// Members a run would have: `threads` bounded to 1 .. 256.
int cr_team_threads(const cr_run* run);

#endif
