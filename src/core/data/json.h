#ifndef LCRISK_DATA_JSON_H
#define LCRISK_DATA_JSON_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/status.h"

/// A strict reader of JSON (RFC 8259), a token at a time: no allocation, no recursion,
/// one pass. What it lets through is one whole value in well-formed UTF-8 whose texts are
/// Unicode: no half of a surrogate pair, no zero character. Names that an object repeats
/// are the caller's business, which knows what names there are.

enum { CR_JSON_DEPTH = 32 };  ///< lists and objects inside each other

typedef enum {
  CR_JSON_END,
  CR_JSON_OPEN_LIST,
  CR_JSON_CLOSE_LIST,
  CR_JSON_OPEN_OBJECT,
  CR_JSON_CLOSE_OBJECT,
  CR_JSON_NAME,  ///< of an object's member; its value follows
  CR_JSON_TEXT,
  CR_JSON_NUMBER,
  CR_JSON_TRUE,
  CR_JSON_FALSE,
  CR_JSON_NULL
} cr_json_kind;

/// The bytes of a name or text lie between its quotes, of the others as they stand.
typedef struct {
  cr_json_kind kind;
  bool escaped;  ///< a name or text with backslashes: see cr_json_unescape()
  size_t from, n;
} cr_json_token;

typedef struct {
  const unsigned char* bytes;
  size_t n, at;
  int depth;
  uint8_t next;                      ///< what may come
  uint8_t in_object[CR_JSON_DEPTH];  ///< by depth
} cr_json;

/// CR_EPARSE `encoding` unless the bytes are UTF-8. They are borrowed.
cr_status cr_json_begin(const unsigned char* bytes, size_t n, cr_json* json,
                        cr_error* err);

/// The next token; CR_JSON_END when the value is whole and only blanks follow it.
/// CR_EPARSE `syntax` with the offset, CR_ELIMIT `depth`.
cr_status cr_json_next(cr_json* json, cr_json_token* token, cr_error* err);

/// The characters of a name or text, UTF-8, to `out`, which has room for its n bytes.
/// Returns how many there are.
size_t cr_json_unescape(const unsigned char* text, size_t n, unsigned char* out);

/// The length of `text` as the inside of a JSON text, and, unless `out` is NULL, the
/// text: quotes, backslashes and control characters escaped, bytes that are not ASCII as
/// they are. At most 6 n.
size_t cr_json_escape(const unsigned char* text, size_t n, unsigned char* out);

#endif
