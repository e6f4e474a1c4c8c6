#ifndef LCRISK_TESTS_ARCHIVE_H
#define LCRISK_TESTS_ARCHIVE_H

#include <stdbool.h>
#include <stdint.h>
#include <string.h>
#include <zlib.h>

/// Archives made in memory for the tests: gzip members and zip files with every field
/// open to damage.

typedef struct {
  unsigned char byte[1 << 17];
  size_t n;
} bytes;

static inline void put(bytes* b, const void* from, size_t n) {
  memcpy(b->byte + b->n, from, n);
  b->n += n;
}

static inline void put_number(bytes* b, uint64_t value, int size) {
  for (int i = 0; i < size; i++) b->byte[b->n++] = (unsigned char)(value >> (8 * i));
}

static inline size_t deflate_to(unsigned char* out, size_t capacity, const void* text,
                                size_t n, int window_bits) {
  z_stream stream = {0};
  deflateInit2(&stream, 9, Z_DEFLATED, window_bits, 8, Z_DEFAULT_STRATEGY);
  union {
    const void* from;
    unsigned char* in;
  } input = {text};
  stream.next_in = input.in;
  stream.avail_in = (uInt)n;
  stream.next_out = out;
  stream.avail_out = (uInt)capacity;
  deflate(&stream, Z_FINISH);
  deflateEnd(&stream);
  return capacity - stream.avail_out;
}

/// Appends a gzip member.
static inline void put_gzip(bytes* b, const void* text, size_t n) {
  b->n += deflate_to(b->byte + b->n, sizeof b->byte - b->n, text, n, 15 + 16);
}

/// One entry of a zip archive; zero fields are filled in.
typedef struct {
  const char* name;
  const char* text;
  unsigned flags, method, host;  ///< method 8 deflates, 0 stores
  uint32_t mode;                 ///< unix mode
  uint32_t wrong_crc;            ///< added to the right one
  uint64_t shift;                ///< added to the local offset in the directory
  bool zip64;
} zip_item;

enum { MAX_ITEMS = 8 };

static inline void put_local(bytes* b, const zip_item* item, const unsigned char* packed,
                             size_t n_packed) {
  const size_t name = strlen(item->name), n = strlen(item->text);
  put(b, "PK\x03\x04", 4);
  put_number(b, 20, 2);
  put_number(b, item->flags, 2);
  put_number(b, item->method, 2);
  put_number(b, 0, 4);
  put_number(b, crc32(0, (const Bytef*)item->text, (uInt)n) + item->wrong_crc, 4);
  put_number(b, n_packed, 4);
  put_number(b, n, 4);
  put_number(b, name, 2);
  put_number(b, 0, 2);
  put(b, item->name, name);
  put(b, packed, n_packed);
}

static inline void put_central(bytes* b, const zip_item* item, size_t n_packed,
                               uint64_t offset) {
  const size_t name = strlen(item->name), n = strlen(item->text);
  put(b, "PK\x01\x02", 4);
  put_number(b, 20 | item->host << 8, 2);
  put_number(b, 20, 2);
  put_number(b, item->flags, 2);
  put_number(b, item->method, 2);
  put_number(b, 0, 4);
  put_number(b, crc32(0, (const Bytef*)item->text, (uInt)n) + item->wrong_crc, 4);
  put_number(b, item->zip64 ? 0xffffffff : n_packed, 4);
  put_number(b, item->zip64 ? 0xffffffff : n, 4);
  put_number(b, name, 2);
  put_number(b, item->zip64 ? 28 : 0, 2);
  put_number(b, 0, 6);
  put_number(b, (uint64_t)item->mode << 16, 4);
  put_number(b, item->zip64 ? 0xffffffff : offset + item->shift, 4);
  put(b, item->name, name);
  if (!item->zip64) return;
  put_number(b, 1, 2);
  put_number(b, 24, 2);
  put_number(b, n, 8);
  put_number(b, n_packed, 8);
  put_number(b, offset + item->shift, 8);
}

/// A whole zip archive. The directory's own offset is `lie` bytes off.
static inline void put_zip(bytes* b, const zip_item* items, size_t n_items,
                           uint64_t lie) {
  uint64_t offset[MAX_ITEMS];
  size_t n_packed[MAX_ITEMS];
  bool zip64 = false;
  for (size_t i = 0; i < n_items; i++) {
    static unsigned char packed[1 << 15];
    const size_t n = strlen(items[i].text);
    offset[i] = b->n;
    memcpy(packed, items[i].text, n);
    n_packed[i] = items[i].method == 8
                      ? deflate_to(packed, sizeof packed, items[i].text, n, -15)
                      : n;
    put_local(b, &items[i], packed, n_packed[i]);
    zip64 = zip64 || items[i].zip64;
  }
  const uint64_t start = b->n;
  for (size_t i = 0; i < n_items; i++) {
    put_central(b, &items[i], n_packed[i], offset[i]);
  }
  const uint64_t size = b->n - start, end64 = b->n;
  if (zip64) {
    put(b, "PK\x06\x06", 4);
    put_number(b, 44, 8);
    put_number(b, 45 | 45 << 16, 4);
    put_number(b, 0, 8);
    put_number(b, n_items, 8);
    put_number(b, n_items, 8);
    put_number(b, size, 8);
    put_number(b, start + lie, 8);
    put(b, "PK\x06\x07", 4);
    put_number(b, 0, 4);
    put_number(b, end64, 8);
    put_number(b, 1, 4);
  }
  put(b, "PK\x05\x06", 4);
  put_number(b, 0, 4);
  put_number(b, zip64 ? 0xffff : n_items, 2);
  put_number(b, zip64 ? 0xffff : n_items, 2);
  put_number(b, zip64 ? 0xffffffff : size, 4);
  put_number(b, zip64 ? 0xffffffff : start + lie, 4);
  put_number(b, 0, 2);
}

#endif
