#ifndef LCRISK_DATA_SCAN_H
#define LCRISK_DATA_SCAN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/// Finds records and fields: RFC 4180 with any one-byte delimiter, lines ended by LF,
/// CR LF or CR in any mixture, quoted fields with doubled quotes and line ends inside.
///
/// A quote may stand only at the very start of a field; the closing one must be followed
/// by a delimiter, a line end or the end of the bytes.

typedef enum {
  CR_SCAN_RECORD,   ///< one record found
  CR_SCAN_MORE,     ///< the bytes end inside a record
  CR_SCAN_QUOTE,    ///< a quote in the wrong place
  CR_SCAN_UNCLOSED  ///< a quoted field that goes on too long to be true
} cr_scan_result;

enum {
  CR_SCAN_PADDING = 64,          ///< readable bytes after the end that callers provide
  CR_SCAN_MAX_QUOTED = 1 << 20,  ///< bytes a quoted field may have
  CR_SCAN_MAX_LINES = 1000       ///< and line ends in it
};

typedef struct {
  const unsigned char* bytes;
  size_t n;   ///< followed by CR_SCAN_PADDING readable bytes of any value
  bool last;  ///< nothing follows: the end of the bytes ends a record
  unsigned char delimiter;
  size_t max_fields;  ///< fields that get a mark; more are only counted
  uint32_t* mark;     ///< see below; NULL, with max_fields 0, to count only
  size_t stride;      ///< distance of one field's mark to the next
} cr_scan;

/// A record's fields are given by marks: `mark[0]` is where the record starts and
/// `mark[j * stride]` is one past the byte that ends field j - 1. So the bytes of field j
/// are [mark[j * stride], mark[(j + 1) * stride] - 1), with its quotes if it has any.
typedef struct {
  size_t n_fields;
  size_t field;  ///< where the last field starts
  size_t end;    ///< where it ends
  size_t next;   ///< where the next record starts
  size_t lines;  ///< line ends passed, the final one included
  size_t seen;   ///< bytes looked at, for whatever result
} cr_scan_record;

/// Scans the record that starts at `from`. Nothing beyond `n` is used; at most 64 bytes
/// beyond are touched. About one byte a clock cycle, less where fields are short.
cr_scan_result cr_scan_next(const cr_scan* scan, size_t from, cr_scan_record* record);

/// The end of the line that starts at `from`, quotes not counting: `*end` is where its
/// text ends and `*next` where the next line starts. False when the line end is not among
/// the bytes (and they are not the last).
bool cr_scan_line(const cr_scan* scan, size_t from, size_t* end, size_t* next);

/// A field without its quotes. Doubled quotes stay as they are.
static inline void cr_scan_unquote(const unsigned char** p, size_t* n) {
  if (*n >= 2 && **p == '"') {
    (*p)++;
    *n -= 2;
  }
}

/// Copies an unquoted field with every doubled quote made one; returns the new length.
size_t cr_scan_undouble(const unsigned char* p, size_t n, unsigned char* out);

#endif
