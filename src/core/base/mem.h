#ifndef LCRISK_BASE_MEM_H
#define LCRISK_BASE_MEM_H

#include <stdbool.h>
#include <stddef.h>
#include <string.h>

/// The only allocator of the core. tests/core links a twin of mem.c that counts
/// live blocks and can fail any chosen call.
///
/// All functions return NULL when memory is out or `count * size` overflows.
/// A count of zero gives a valid pointer to at least one byte, so that NULL
/// always means failure.

/// Uninitialised array of `count` elements, aligned for any type.
void* cr_alloc(size_t count, size_t size);

/// As cr_alloc(), every byte zero.
void* cr_alloc_zero(size_t count, size_t size);

/// Uninitialised array whose address is a multiple of 64 (one cache line).
/// Release with cr_free_aligned() only.
void* cr_alloc_aligned(size_t count, size_t size);

/// Grows or shrinks an array from cr_alloc(); on failure the old one stays valid.
void* cr_resize(void* array, size_t count, size_t size);

/// cr_resize() of the array whose pointer, of any type, stands at `address`; false leaves
/// pointer and array as they were.
static inline bool cr_grow(void* address, size_t count, size_t size) {
  void* array;
  memcpy(&array, address, sizeof array);
  array = cr_resize(array, count, size);
  if (array == NULL) return false;
  memcpy(address, &array, sizeof array);
  return true;
}

/// Release; NULL is allowed.
void cr_free(void* array);
void cr_free_aligned(void* array);

/// `*product = a * b`; false, and `*product` untouched, when that overflows.
bool cr_size_mul(size_t a, size_t b, size_t* product);

#endif
