#ifndef LCRISK_BASE_SORT_H
#define LCRISK_BASE_SORT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/status.h"

/// Stable least-significant-digit radix sorts, 10 bits a pass, passes in which
/// all keys agree skipped. O(n) time; the result never depends on threads.

/// Maps a double to an integer of the same order. -0 and 0 map alike; NaN (any
/// payload) maps to the largest value, so missing values sort last.
uint64_t cr_sort_key(double x);

/// The double with that key; the inverse of cr_sort_key() up to the sign of zero.
double cr_sort_unkey(uint64_t key);

/// Sorts `key[0..n)` ascending. `scratch` has n entries.
void cr_sort_keys(uint64_t* key, uint64_t* scratch, size_t n);

/// Sorts keys ascending and moves `item` with them. Both scratches have n entries.
void cr_sort_pairs(uint64_t* key, uint32_t* item, uint64_t* key_scratch,
                   uint32_t* item_scratch, size_t n);

/// Whether n rows can be numbered in 32 bits; if not, says so in `err` as CR_ELIMIT.
bool cr_sort_fits(size_t n, cr_error* err);

/// `order` becomes the stable ascending order of `x` (0-based row ids, missing
/// last). n < 2^32. Allocates 24 n bytes of scratch.
cr_status cr_sort_order(const double* x, size_t n, uint32_t* order, cr_error* err);

#endif
