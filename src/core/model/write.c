#include "model/write.h"

#include <string.h>

#include "base/mem.h"

#include "base/exact.h"

enum { FIRST_ROOM = 4096, WORD = 8 };

void cr_writer_free(cr_writer* writer) {
  cr_free(writer->bytes);
  *writer = (cr_writer){0};
}

// The place of `n` more bytes, NULL after a failure.
static uint8_t* extend(cr_writer* w, size_t n) {
  if (w->status != CR_OK) return NULL;
  if (n > w->room - w->n) {
    size_t room = w->room == 0 ? FIRST_ROOM : w->room;
    while (room - w->n < n && room <= SIZE_MAX / 2) room *= 2;
    uint8_t* bytes = room - w->n < n ? NULL : cr_resize(w->bytes, room, 1);
    if (bytes == NULL) {
      w->status = CR_ENOMEM;
      return NULL;
    }
    w->bytes = bytes;
    w->room = room;
  }
  w->n += n;
  return w->bytes + (w->n - n);
}

void cr_write_bytes(cr_writer* writer, const void* bytes, size_t n) {
  uint8_t* to = extend(writer, n);
  if (to != NULL && n > 0) memcpy(to, bytes, n);
}

static void put_32(uint8_t* to, uint32_t word) {
  for (int b = 0; b < 4; b++) to[b] = (uint8_t)(word >> (8 * b));
}

void cr_write_32(cr_writer* writer, uint32_t word) {
  uint8_t* to = extend(writer, 4);
  if (to != NULL) put_32(to, word);
}

void cr_write_64(cr_writer* writer, uint64_t word) {
  cr_write_32(writer, (uint32_t)word);
  cr_write_32(writer, (uint32_t)(word >> 32));
}

void cr_write_fill(cr_writer* writer) {
  static const uint8_t zeros[WORD] = {0};
  const size_t past = writer->n % WORD;
  if (past > 0) cr_write_bytes(writer, zeros, WORD - past);
}

void cr_write_head(cr_writer* writer, cr_value_type type, bool named, size_t n) {
  if (n > INT32_MAX && writer->status == CR_OK) writer->status = CR_ELIMIT;
  cr_write_32(writer, (uint32_t)type | (named ? 1U << 8 : 0));
  cr_write_32(writer, (uint32_t)n);
}

void cr_write_texts(cr_writer* writer, cr_text_source source, const void* data,
                    size_t n) {
  uint64_t total = 0;
  size_t length = 0;
  cr_write_32(writer, 0);
  for (size_t i = 0; i < n; i++) {
    total += source(data, i, &length) == NULL ? 1 : length;
    cr_write_32(writer, (uint32_t)total);
  }
  if (total > UINT32_MAX && writer->status == CR_OK) writer->status = CR_ELIMIT;
  cr_write_fill(writer);
  for (size_t i = 0; i < n && writer->status == CR_OK; i++) {
    const char* text = source(data, i, &length);
    cr_write_bytes(writer, text == NULL ? "" : text, text == NULL ? 1 : length);
  }
  cr_write_fill(writer);
}

void cr_write_integers(cr_writer* writer, const int32_t* x, size_t n) {
  for (size_t i = 0; i < n; i++) cr_write_32(writer, (uint32_t)x[i]);
  cr_write_fill(writer);
}

void cr_write_numbers(cr_writer* writer, const double* x, size_t n) {
  for (size_t i = 0; i < n; i++) {
    uint64_t bits;
    memcpy(&bits, &x[i], sizeof bits);
    cr_write_64(writer, bits);
  }
}
