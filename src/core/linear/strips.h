#ifndef LCRISK_LINEAR_STRIPS_H
#define LCRISK_LINEAR_STRIPS_H

#include "base/team.h"
#include "data/design.h"

/// What is done with the rows first .. first+n-1, whose terms `strip` holds as
/// cr_design_fill() lays them out.
typedef void (*cr_strip_use)(const double* strip, size_t first, size_t n, void* data);

/// Fills strips with all rows of `frame` on the run's members, each a strip of its own,
/// and hands every strip to `use` once, in any order and from any member. CR_EINPUT when
/// the frame does not have the design's columns. Cost: one pass over the frame, one strip
/// a member.
cr_status cr_strips_walk(const cr_design* design, const cr_frame* frame,
                         const cr_run* run, cr_strip_use use, void* data, cr_error* err);

#endif
