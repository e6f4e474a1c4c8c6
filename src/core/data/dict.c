#include "data/dict.h"

#include <string.h>

#include "base/mem.h"

enum { FIRST_SLOTS = 64, FIRST_POOL = 1024, MAX_STRINGS = 1 << 30 };

// Eight bytes at a time, multiplied and folded; the constants are odd and random.
static uint32_t hash_bytes(const unsigned char* p, size_t n) {
  uint64_t h = (uint64_t)n * 0x9e3779b97f4a7c15u;
  for (; n >= 8; p += 8, n -= 8) {
    uint64_t eight;
    memcpy(&eight, p, sizeof eight);
    h = (h ^ eight) * 0xd6e8feb86659fd93u;
    h ^= h >> 32;
  }
  uint64_t rest = 0;
  memcpy(&rest, p, n);
  h = (h ^ rest) * 0xd6e8feb86659fd93u;
  h ^= h >> 32;
  h *= 0xd6e8feb86659fd93u;
  return (uint32_t)(h >> 32);
}

static bool same(const cr_dict* dict, uint32_t code, uint32_t hash,
                 const unsigned char* text, size_t n) {
  const cr_dict_entry* entry = &dict->entry[code];
  return entry->hash == hash && entry->size == n &&
         memcmp(dict->pool + entry->offset, text, n) == 0;
}

// The slot that holds `text`, or the free one where it belongs.
static uint32_t find_slot(const cr_dict* dict, uint32_t hash, const unsigned char* text,
                          size_t n) {
  uint32_t at = hash & (dict->n_slots - 1);
  while (dict->slot[at] != 0 && !same(dict, dict->slot[at] - 1, hash, text, n)) {
    at = (at + 1) & (dict->n_slots - 1);
  }
  return at;
}

static cr_status fail_memory(cr_error* err) {
  return cr_fail(err, CR_ENOMEM, "memory", "no memory for distinct texts");
}

static cr_status grow_slots(cr_dict* dict, cr_error* err) {
  const uint32_t n_slots = dict->n_slots == 0 ? FIRST_SLOTS : 2 * dict->n_slots;
  uint32_t* slot = cr_alloc_zero(n_slots, sizeof *slot);
  if (slot == NULL) return fail_memory(err);
  for (uint32_t code = 0; code < dict->n; code++) {
    uint32_t at = dict->entry[code].hash & (n_slots - 1);
    while (slot[at] != 0) at = (at + 1) & (n_slots - 1);
    slot[at] = code + 1;
  }
  cr_free(dict->slot);
  dict->slot = slot;
  dict->n_slots = n_slots;
  return CR_OK;
}

static cr_status grow_entries(cr_dict* dict, cr_error* err) {
  const uint32_t capacity = dict->n == 0 ? FIRST_SLOTS / 2 : 2 * dict->n;
  cr_dict_entry* entry = cr_resize(dict->entry, capacity, sizeof *entry);
  if (entry == NULL) return fail_memory(err);
  dict->entry = entry;
  dict->entry_capacity = capacity;
  return CR_OK;
}

static cr_status grow_pool(cr_dict* dict, size_t n, cr_error* err) {
  size_t capacity = dict->pool_capacity == 0 ? FIRST_POOL : 2 * dict->pool_capacity;
  if (capacity - dict->pool_size < n) capacity = dict->pool_size + n;
  unsigned char* pool = cr_resize(dict->pool, capacity, 1);
  if (pool == NULL) return fail_memory(err);
  dict->pool = pool;
  dict->pool_capacity = capacity;
  return CR_OK;
}

static cr_status make_room(cr_dict* dict, size_t n, cr_error* err) {
  if (dict->n >= MAX_STRINGS || n > UINT32_MAX) {
    return cr_fail(err, CR_ELIMIT, "distinct_limit", "more than %d distinct texts",
                   MAX_STRINGS);
  }
  cr_status status = CR_OK;
  if (dict->pool == NULL || dict->pool_capacity - dict->pool_size < n) {
    status = grow_pool(dict, n, err);
  }
  if (status == CR_OK && dict->n == dict->entry_capacity) {
    status = grow_entries(dict, err);
  }
  return status;
}

bool cr_dict_find(const cr_dict* dict, const unsigned char* text, size_t n,
                  uint32_t* code) {
  if (dict->n == 0) return false;
  const uint32_t at = find_slot(dict, hash_bytes(text, n), text, n);
  if (dict->slot[at] == 0) return false;
  *code = dict->slot[at] - 1;
  return true;
}

cr_status cr_dict_put(cr_dict* dict, const unsigned char* text, size_t n, uint32_t* code,
                      cr_error* err) {
  if (2 * (dict->n + 1) > dict->n_slots) {
    const cr_status status = grow_slots(dict, err);
    if (status != CR_OK) return status;
  }
  const uint32_t hash = hash_bytes(text, n);
  const uint32_t at = find_slot(dict, hash, text, n);
  if (dict->slot[at] != 0) {
    *code = dict->slot[at] - 1;
    return CR_OK;
  }
  const cr_status status = make_room(dict, n, err);
  if (status != CR_OK) return status;
  memcpy(dict->pool + dict->pool_size, text, n);
  dict->entry[dict->n] =
      (cr_dict_entry){.offset = dict->pool_size, .size = (uint32_t)n, .hash = hash};
  dict->pool_size += n;
  *code = dict->n++;
  dict->slot[at] = dict->n;
  return CR_OK;
}

static bool before(const cr_dict* dict, uint32_t a, uint32_t b) {
  const cr_dict_entry *x = &dict->entry[a], *y = &dict->entry[b];
  const size_t n = x->size < y->size ? x->size : y->size;
  const int order = memcmp(dict->pool + x->offset, dict->pool + y->offset, n);
  return order != 0 ? order < 0 : x->size < y->size;
}

static void merge(const cr_dict* dict, const uint32_t* from, uint32_t* to, size_t a,
                  size_t middle, size_t end) {
  size_t b = middle;
  for (size_t i = a, k = a; k < end; k++) {
    const bool left = i < middle && (b >= end || !before(dict, from[b], from[i]));
    to[k] = left ? from[i++] : from[b++];
  }
}

cr_status cr_dict_rank(const cr_dict* dict, uint32_t* rank, cr_error* err) {
  const size_t n = dict->n;
  uint32_t* scratch = cr_alloc(n, 2 * sizeof *scratch);
  if (scratch == NULL) return fail_memory(err);
  uint32_t *from = scratch, *to = scratch + n;
  for (size_t i = 0; i < n; i++) from[i] = (uint32_t)i;
  for (size_t width = 1; width < n; width *= 2) {
    for (size_t a = 0; a < n; a += 2 * width) {
      const size_t middle = a + width < n ? a + width : n;
      const size_t end = a + 2 * width < n ? a + 2 * width : n;
      merge(dict, from, to, a, middle, end);
    }
    uint32_t* const swap = from;
    from = to;
    to = swap;
  }
  for (size_t i = 0; i < n; i++) rank[from[i]] = (uint32_t)i;
  cr_free(scratch);
  return CR_OK;
}

void cr_dict_free(cr_dict* dict) {
  cr_free(dict->entry);
  cr_free(dict->slot);
  cr_free(dict->pool);
  *dict = (cr_dict){0};
}
