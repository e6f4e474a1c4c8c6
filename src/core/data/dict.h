#ifndef LCRISK_DATA_DICT_H
#define LCRISK_DATA_DICT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/status.h"

/// Distinct byte strings, numbered 0, 1, 2, ... in the order they are first seen. A
/// zeroed struct is an empty dictionary that has allocated nothing.
typedef struct {
  size_t offset;
  uint32_t size;
  uint32_t hash;
} cr_dict_entry;

typedef struct {
  cr_dict_entry* entry;
  uint32_t n, entry_capacity;
  uint32_t* slot;  ///< open addressing: code + 1, 0 when free
  uint32_t n_slots;
  unsigned char* pool;
  size_t pool_size, pool_capacity;
} cr_dict;

/// The code of `text`, added when new. CR_ENOMEM, or CR_ELIMIT `distinct_limit` above
/// 2^30 strings; the dictionary stays valid.
cr_status cr_dict_put(cr_dict* dict, const unsigned char* text, size_t n, uint32_t* code,
                      cr_error* err);

/// The code of `text` if it is there.
bool cr_dict_find(const cr_dict* dict, const unsigned char* text, size_t n,
                  uint32_t* code);

/// String `code`, not terminated; its length goes to `*n`.
static inline const unsigned char* cr_dict_text(const cr_dict* dict, uint32_t code,
                                                size_t* n) {
  *n = dict->entry[code].size;
  return dict->pool + dict->entry[code].offset;
}

/// `rank[code]` becomes the place of string `code` in byte order. Merge sort; allocates
/// 8 bytes a string.
cr_status cr_dict_rank(const cr_dict* dict, uint32_t* rank, cr_error* err);

/// Idempotent; leaves an empty dictionary.
void cr_dict_free(cr_dict* dict);

#endif
