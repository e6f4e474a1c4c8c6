#include "data/sniff.h"

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

typedef struct {
  const char* magic;
  size_t size;
  const char* what;
} signature;

// Exact first bytes.
static const signature signatures[] = {
    {"%PDF", 4, "a PDF document"},
    {"PK\x03\x04", 4, "a zip archive inside another archive"},
    {"\x1f\x8b", 2, "a gzip file inside another archive"},
    {"\xd0\xcf\x11\xe0", 4, "an old Excel or Word file (.xls, .doc)"},
    {"SQLite format 3", 15, "an SQLite database"},
    {"RDX2\n", 5, "an R data file (.RData)"},
    {"RDX3\n", 5, "an R data file (.RData)"},
    {"RDA2\n", 5, "an R data file (.RData)"},
    {"RDA3\n", 5, "an R data file (.RData)"},
    {"X\n\0\0\0", 5, "an R object file (.rds)"},
    {"BZh", 3, "a bzip2 file"},
    {"\xfd\x37zXZ", 5, "an xz file"},
    {"\x28\xb5\x2f\xfd", 4, "a zstandard file"},
    {"7z\xbc\xaf", 4, "a 7-zip archive"},
    {"Rar!", 4, "a rar archive"},
    {"PAR1", 4, "a Parquet file"},
    {"ARROW1", 6, "an Arrow file"},
    {"FEA1", 4, "a Feather file"},
    {"\x89PNG", 4, "a PNG picture"},
    {"\xff\xd8\xff", 3, "a JPEG picture"},
    {"\x7f\x45LF", 4, "a program"},
    {"MZ\x90", 3, "a program"},
    {"{\\rtf", 5, "a rich text document"},
};

// First visible characters of text formats, in lower case.
static const signature markups[] = {
    {"<!doctype", 9, "an HTML page"},
    {"<html", 5, "an HTML page"},
    {"<head", 5, "an HTML page"},
    {"<?xml", 5, "an XML document"},
    {"{\"", 2, "JSON"},
    {"[{", 2, "JSON"},
    {"[\"", 2, "JSON"},
    {"[[", 2, "JSON"},
    {"{}", 2, "JSON"},
    {"[]", 2, "JSON"},
};

#define COUNT_OF(array) (sizeof(array) / sizeof *(array))

static bool is_space(unsigned char c) {
  return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

static bool starts_with(const unsigned char* bytes, size_t n, const signature* wanted) {
  return n >= wanted->size && memcmp(bytes, wanted->magic, wanted->size) == 0;
}

static size_t mark_size(const unsigned char* bytes, size_t n) {
  return n >= 3 && memcmp(bytes, "\xef\xbb\xbf", 3) == 0 ? 3 : 0;
}

// The first visible characters, in lower case; white space between brackets, which
// JSON allows, is left out.
static size_t first_visible(const unsigned char* bytes, size_t n, unsigned char* out,
                            size_t capacity) {
  size_t length = 0;
  for (size_t i = mark_size(bytes, n); i < n && length < capacity; i++) {
    const unsigned char c = bytes[i];
    const bool bracket = length > 0 && (out[length - 1] == '[' || out[length - 1] == '{');
    if (is_space(c) && (length == 0 || bracket)) continue;
    out[length++] = c >= 'A' && c <= 'Z' ? (unsigned char)(c + ('a' - 'A')) : c;
  }
  return length;
}

// Two-byte text of mostly ASCII has a zero in nearly every second place.
static bool looks_like_utf16(const unsigned char* bytes, size_t n) {
  if (n >= 2 && ((bytes[0] == 0xff && bytes[1] == 0xfe) ||
                 (bytes[0] == 0xfe && bytes[1] == 0xff))) {
    return true;
  }
  size_t zeros[2] = {0, 0};
  for (size_t i = 0; i < n; i++) zeros[i % 2] += bytes[i] == 0;
  const size_t pairs = n / 2;
  if (pairs < 4) return false;
  return (zeros[0] > pairs * 7 / 10 && zeros[1] <= pairs / 10) ||
         (zeros[1] > pairs * 7 / 10 && zeros[0] <= pairs / 10) ||
         (zeros[0] + zeros[1] > n * 7 / 10);
}

static bool all_zero(const unsigned char* bytes, size_t n) {
  for (size_t i = 0; i < n; i++) {
    if (bytes[i] != 0) return false;
  }
  return n > 0;
}

static cr_status fail_type(cr_error* err, const char* what) {
  return cr_fail(err, CR_EPARSE, "wrong_type", "this is %s, not a loan file", what);
}

cr_container cr_sniff_container(const unsigned char* bytes, size_t n) {
  if (n >= 2 && bytes[0] == 0x1f && bytes[1] == 0x8b) return CR_IS_GZIP;
  if (n >= 4 &&
      (memcmp(bytes, "PK\x03\x04", 4) == 0 || memcmp(bytes, "PK\x05\x06", 4) == 0)) {
    return CR_IS_ZIP;
  }
  return CR_IS_TEXT;
}

cr_status cr_sniff_text(const unsigned char* bytes, size_t n, cr_error* err) {
  for (size_t i = 0; i < COUNT_OF(signatures); i++) {
    if (starts_with(bytes, n, &signatures[i])) return fail_type(err, signatures[i].what);
  }
  if (all_zero(bytes, n)) return fail_type(err, "a file of zero bytes");
  if (looks_like_utf16(bytes, n)) {
    return cr_fail(err, CR_EPARSE, "encoding",
                   "the text is UTF-16 or UTF-32; save it as UTF-8");
  }
  unsigned char visible[16];
  const size_t length = first_visible(bytes, n, visible, sizeof visible);
  if (length == 0) {
    return cr_fail(err, CR_EPARSE, "empty_file", "the file is empty");
  }
  for (size_t i = 0; i < COUNT_OF(markups); i++) {
    if (starts_with(visible, length, &markups[i])) return fail_type(err, markups[i].what);
  }
  if (n >= 263 && memcmp(bytes + 257, "ustar", 5) == 0) {
    return fail_type(err, "a tar archive");
  }
  return CR_OK;
}
