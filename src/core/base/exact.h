#ifndef LCRISK_BASE_EXACT_H
#define LCRISK_BASE_EXACT_H

/// Include this after the standard headers and before any function that does
/// floating point: it forbids the compiler to fuse `a * b + c` into one
/// rounding, which would make results differ between processors. It is here and
/// not in the build flags because a package may not ship `-f` options.
#if defined(__clang__)
#pragma STDC FP_CONTRACT OFF
#elif defined(__GNUC__)
#pragma GCC optimize("fp-contract=off")
#endif

#endif
