#include "base/mem.h"

#include <stdint.h>
#include <stdlib.h>

enum { LINE = 64 };

bool cr_size_mul(size_t a, size_t b, size_t* product) {
  if (b != 0 && a > SIZE_MAX / b) return false;
  *product = a * b;
  return true;
}

void* cr_alloc(size_t count, size_t size) {
  size_t bytes;
  if (!cr_size_mul(count, size, &bytes)) return NULL;
  return malloc(bytes == 0 ? 1 : bytes);
}

void* cr_alloc_zero(size_t count, size_t size) {
  size_t bytes;
  if (!cr_size_mul(count, size, &bytes)) return NULL;
  return bytes == 0 ? calloc(1, 1) : calloc(count, size);
}

// The address malloc() gave is kept just below the aligned one: aligned_alloc()
// is missing on Windows.
void* cr_alloc_aligned(size_t count, size_t size) {
  size_t bytes;
  const size_t extra = LINE + sizeof(void*);
  if (!cr_size_mul(count, size, &bytes) || bytes > SIZE_MAX - extra) return NULL;
  unsigned char* raw = malloc(bytes + extra);
  if (raw == NULL) return NULL;
  const uintptr_t first = (uintptr_t)raw + sizeof(void*);
  unsigned char* aligned = raw + sizeof(void*) + (LINE - first % LINE) % LINE;
  ((void**)(void*)aligned)[-1] = raw;
  return aligned;
}

void* cr_resize(void* array, size_t count, size_t size) {
  size_t bytes;
  if (!cr_size_mul(count, size, &bytes)) return NULL;
  return realloc(array, bytes == 0 ? 1 : bytes);
}

void cr_free(void* array) { free(array); }

void cr_free_aligned(void* array) {
  if (array != NULL) free(((void**)array)[-1]);
}
