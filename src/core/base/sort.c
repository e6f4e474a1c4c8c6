#include "base/sort.h"

#include <stdbool.h>
#include <string.h>

#include "base/mem.h"

#include "base/exact.h"

enum { DIGIT_BITS = 10, BUCKETS = 1 << DIGIT_BITS, PASSES = 7 };

uint64_t cr_sort_key(double x) {
  if (x != x) return UINT64_MAX;
  uint64_t bits;
  memcpy(&bits, &x, sizeof bits);
  if (bits == (uint64_t)1 << 63) bits = 0;  // -0 compares equal to 0, so it sorts with it
  return bits >> 63 ? ~bits : bits | (uint64_t)1 << 63;
}

double cr_sort_unkey(uint64_t key) {
  const uint64_t bits = key >> 63 ? key & ~((uint64_t)1 << 63) : ~key;
  double x;
  memcpy(&x, &bits, sizeof x);
  return x;
}

static size_t digit(uint64_t key, int pass) {
  return (size_t)(key >> (pass * DIGIT_BITS)) & (BUCKETS - 1);
}

// Counts of one digit become start positions. False when all keys share it.
static bool bucket_starts(const uint64_t* key, size_t n, int pass, size_t* start) {
  memset(start, 0, BUCKETS * sizeof *start);
  for (size_t i = 0; i < n; i++) start[digit(key[i], pass)]++;
  if (start[digit(key[0], pass)] == n) return false;
  size_t total = 0;
  for (size_t b = 0; b < BUCKETS; b++) {
    const size_t count = start[b];
    start[b] = total;
    total += count;
  }
  return true;
}

void cr_sort_keys(uint64_t* key, uint64_t* scratch, size_t n) {
  if (n < 2) return;
  size_t start[BUCKETS];
  uint64_t* from = key;
  uint64_t* to = scratch;
  for (int pass = 0; pass < PASSES; pass++) {
    if (!bucket_starts(from, n, pass, start)) continue;
    for (size_t i = 0; i < n; i++) to[start[digit(from[i], pass)]++] = from[i];
    uint64_t* swap = from;
    from = to;
    to = swap;
  }
  if (from != key) memcpy(key, from, n * sizeof *key);
}

void cr_sort_pairs(uint64_t* key, uint32_t* item, uint64_t* key_scratch,
                   uint32_t* item_scratch, size_t n) {
  if (n < 2) return;
  size_t start[BUCKETS];
  uint64_t *from = key, *to = key_scratch;
  uint32_t *from_item = item, *to_item = item_scratch;
  for (int pass = 0; pass < PASSES; pass++) {
    if (!bucket_starts(from, n, pass, start)) continue;
    for (size_t i = 0; i < n; i++) {
      const size_t place = start[digit(from[i], pass)]++;
      to[place] = from[i];
      to_item[place] = from_item[i];
    }
    uint64_t* swap = from;
    from = to;
    to = swap;
    uint32_t* swap_item = from_item;
    from_item = to_item;
    to_item = swap_item;
  }
  if (from != key) {
    memcpy(key, from, n * sizeof *key);
    memcpy(item, from_item, n * sizeof *item);
  }
}

bool cr_sort_fits(size_t n, cr_error* err) {
  if (n <= UINT32_MAX) return true;
  cr_fail(err, CR_ELIMIT, "too_many_rows", "%zu rows; at most %u can be ranked", n,
          UINT32_MAX);
  return false;
}

cr_status cr_sort_order(const double* x, size_t n, uint32_t* order, cr_error* err) {
  cr_status status = CR_OK;
  uint64_t* key = cr_alloc(n, sizeof *key);
  uint64_t* key_scratch = cr_alloc(n, sizeof *key_scratch);
  uint32_t* item_scratch = cr_alloc(n, sizeof *item_scratch);
  if (key == NULL || key_scratch == NULL || item_scratch == NULL) {
    status = cr_fail(err, CR_ENOMEM, "memory", "no memory to sort %zu values", n);
    goto done;
  }
  for (size_t i = 0; i < n; i++) {
    key[i] = cr_sort_key(x[i]);
    order[i] = (uint32_t)i;
  }
  cr_sort_pairs(key, order, key_scratch, item_scratch, n);

done:
  cr_free(item_scratch);
  cr_free(key_scratch);
  cr_free(key);
  return status;
}
