// Link-time twin of src/core/base/mem.c: counts live blocks and fails on request.
// Aligned blocks really are aligned by the C library, so that the sanitizers see
// their exact bounds.

#include "base/mem.h"

#include <stdatomic.h>
#include <stdint.h>
#include <stdlib.h>

#include "check.h"

static atomic_long live;
static atomic_long countdown;
static atomic_bool struck;

void check_fail_alloc(long k) {
  atomic_store(&countdown, k);
  atomic_store(&struck, false);
}

bool check_alloc_struck(void) { return atomic_load(&struck); }

long check_live_blocks(void) { return atomic_load(&live); }

static bool strikes(void) {
  if (atomic_load(&countdown) <= 0) return false;
  if (atomic_fetch_sub(&countdown, 1) != 1) return false;
  atomic_store(&struck, true);
  return true;
}

static void* count(void* block) {
  if (block != NULL) atomic_fetch_add(&live, 1);
  return block;
}

bool cr_size_mul(size_t a, size_t b, size_t* product) {
  if (b != 0 && a > SIZE_MAX / b) return false;
  *product = a * b;
  return true;
}

void* cr_alloc(size_t n, size_t size) {
  size_t bytes;
  if (strikes() || !cr_size_mul(n, size, &bytes)) return NULL;
  unsigned char* block = malloc(bytes == 0 ? 1 : bytes);
  // Rubbish, not zeros: code that relies on zeros must fail here.
  if (block != NULL) memset(block, 0xA5, bytes);
  return count(block);
}

void* cr_alloc_zero(size_t n, size_t size) {
  size_t bytes;
  if (strikes() || !cr_size_mul(n, size, &bytes)) return NULL;
  return count(bytes == 0 ? calloc(1, 1) : calloc(n, size));
}

void* cr_alloc_aligned(size_t n, size_t size) {
  size_t bytes;
  if (strikes() || !cr_size_mul(n, size, &bytes) || bytes > SIZE_MAX - 64) return NULL;
  void* block = NULL;
  if (posix_memalign(&block, 64, bytes == 0 ? 1 : bytes) != 0) return NULL;
  memset(block, 0xA5, bytes);
  return count(block);
}

void* cr_resize(void* array, size_t n, size_t size) {
  size_t bytes;
  if (strikes() || !cr_size_mul(n, size, &bytes)) return NULL;
  void* block = realloc(array, bytes == 0 ? 1 : bytes);
  return array == NULL ? count(block) : block;
}

void cr_free(void* array) {
  if (array != NULL) atomic_fetch_sub(&live, 1);
  free(array);
}

void cr_free_aligned(void* array) { cr_free(array); }
