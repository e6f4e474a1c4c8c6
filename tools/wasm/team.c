// base/team.h where there are no threads: the caller does all the work. Takes the place
// of src/core/base/team.c in the WebAssembly build; results never depend on threads.

#include "base/team.h"

struct cr_team {
  cr_status status;
};

void cr_team_barrier(cr_worker* me) { (void)me; }

bool cr_team_cancelled(const cr_worker* me) { return me->team->status != CR_OK; }

bool cr_team_must_stop(cr_worker* me) { return me->team->status != CR_OK; }

void cr_team_progress(cr_worker* me, double done) {
  (void)me;
  (void)done;
}

void cr_team_abort(cr_worker* me, cr_status status) {
  if (me->team->status == CR_OK) me->team->status = status;
}

void cr_counter_reset(cr_counter* counter) { counter->next = 0; }

bool cr_team_next(cr_worker* me, cr_counter* counter, size_t n, bool report,
                  size_t* item) {
  (void)report;
  if (me->team->status != CR_OK || counter->next >= n) return false;
  *item = counter->next++;
  return true;
}

int cr_team_processors(void) { return 1; }

int cr_team_threads(const cr_run* run) {
  (void)run;
  return 1;
}

cr_status cr_team_run(const cr_run* run, cr_team_work work, void* data, cr_error* err) {
  cr_team team = {CR_OK};
  cr_worker me = {&team, 0, 1};
  (void)run;
  work(&me, data);
  if (team.status == CR_OK) return CR_OK;
  return cr_fail(err, team.status, "worker", "the work ended with status %d",
                 (int)team.status);
}

cr_status cr_team_for(const cr_run* run, size_t n, cr_team_item item, void* data,
                      cr_error* err) {
  (void)run;
  (void)err;
  for (size_t i = 0; i < n; i++) item(i, 0, data);
  return CR_OK;
}
