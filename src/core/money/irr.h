#ifndef LCRISK_MONEY_IRR_H
#define LCRISK_MONEY_IRR_H

#include <stddef.h>

/// Internal rate of return of a loan: the rate at which what comes back is worth what
/// was lent.

/// The effective rate a year, (1 + monthly rate)^12 - 1, at which `outlay` (above 0) at
/// month 0 equals `flow[t]` (finite, not negative) at months t + 1, t < n. It exists and
/// is the only one; -1 when nothing comes back.
///
/// With u = -log(1 + monthly rate), log(sum of flow[t] e^(u (t + 1)) / outlay) is convex
/// and rises with a slope between the first and the last month, so Newton's steps from
/// the right end come down to the root without ever passing it. The right end is the
/// least u at which one payment alone is worth the outlay. About six passes over the n
/// flows; exact to about 1e-14 in u.
double cr_irr_yearly(double outlay, const double* flow, size_t n);

#endif
