#ifndef LCRISK_BASE_JOBS_H
#define LCRISK_BASE_JOBS_H

#include "base/team.h"

/// Whole jobs, such as the fits of a cross-validation, each of which could use a team of
/// its own: as many as fill all threads go side by side with one thread each, which needs
/// no barriers; the rest, which would leave threads idle, go one after the other with all
/// threads in each. A job must not depend on its number of threads.

/// `run` is the one given to cr_jobs_run() but for threads, tick and tick_data.
typedef cr_status (*cr_job)(size_t i, const cr_run* run, void* data, cr_error* err);

/// Runs job(i, ...) for every i < n. The first job that failed, by number, says why, and
/// those that had not begun are left out. The tick is asked on the calling thread only.
cr_status cr_jobs_run(const cr_run* run, size_t n, cr_job job, void* data, cr_error* err);

/// How many of `n` jobs go side by side.
size_t cr_jobs_together(const cr_run* run, size_t n);

#endif
