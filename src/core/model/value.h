#ifndef LCRISK_MODEL_VALUE_H
#define LCRISK_MODEL_VALUE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/status.h"

/// Nested lists of plain arrays as bytes, and views over them: what the sections of a
/// model file hold. There is nothing in them to run: no code, no classes, no pointers.
///
/// Every value is written as
///
///   type (1 byte) · 1 when named, else 0 (1) · zeros (2) · n (4) · names · payload
///
/// little-endian, each part filled up to 8 bytes with zeros, so that one content has
/// one form. Payloads: 4-byte integers and flags, 8-byte doubles, bytes; the n values
/// of a list one after the other. Texts, and names, are n + 1 offsets of 4 bytes and
/// the UTF-8 they cut; a missing text is a single zero byte.
typedef enum {
  CR_VALUE_NULL,
  CR_VALUE_LIST,
  CR_VALUE_FLAG,     ///< int32_t 0, 1 or INT32_MIN
  CR_VALUE_INTEGER,  ///< int32_t, INT32_MIN is missing
  CR_VALUE_NUMBER,   ///< double, any bits
  CR_VALUE_TEXT,
  CR_VALUE_BYTES,
  CR_VALUE_TYPES  ///< how many there are
} cr_value_type;

enum { CR_VALUE_DEPTH = 16 };  ///< lists inside lists

/// Texts as they lie in the file.
typedef struct {
  const uint32_t* start;  ///< n + 1 offsets into `bytes`; NULL: there are none
  const char* bytes;      ///< not ended by zeros
} cr_texts;

/// One value. A tree of them stands in an array, each before what it contains.
typedef struct {
  cr_value_type type;
  uint32_t n;
  uint32_t size;   ///< values of this subtree, itself counted: the next one is that far
  cr_texts names;  ///< `start` is NULL when it has none
  cr_texts text;   ///< of CR_VALUE_TEXT
  union {
    const int32_t* integer;
    const double* number;
    const uint8_t* byte;
  } as;
} cr_value;

/// Reads the value that fills `bytes[0..n)` exactly. `bytes` must be a multiple of 8 in
/// memory; on a machine that is not little-endian it is turned to that machine's order
/// in place, so it can be read once only. The values borrow from it.
///
/// On success `*values` is an array of `(*values)[0].size` entries to release with
/// cr_free(). CR_EMODEL, with the offset (counted from `bytes`), for anything that
/// cr_writer would not have written. O(n) time; memory at most eight times `n`.
cr_status cr_value_read(uint8_t* bytes, size_t n, cr_value** values, cr_error* err);

/// Text i, which is not ended by a zero; false when it is missing.
bool cr_texts_at(const cr_texts* texts, size_t i, const char** text, size_t* n);

/// True when text i is exactly `wanted`.
bool cr_texts_equal(const cr_texts* texts, size_t i, const char* wanted);

/// The first element of that name of a named list, else NULL.
const cr_value* cr_value_find(const cr_value* list, const char* name);

/// The element of that name if it has the type and `n` elements (any number when `n` is
/// negative); else NULL, and `*err` says which field is damaged (CR_EMODEL `field`).
const cr_value* cr_value_field(const cr_value* list, const char* name, cr_value_type type,
                               int64_t n, cr_error* err);

/// The value after a subtree: `for (v = list + 1; ...; v = cr_value_next(v))` visits the
/// list->n elements.
static inline const cr_value* cr_value_next(const cr_value* value) {
  return value + value->size;
}

#endif
