#include "data/utf8.h"

#include <stdint.h>
#include <string.h>

// What the second byte may be, by the first one; the third and fourth are always
// 0x80 .. 0xBF. `size` 0: no sequence starts so.
typedef struct {
  size_t size;
  unsigned char low, high;
} lead;

static lead lead_of(unsigned char c) {
  if (c < 0x80) return (lead){1, 0, 0};
  if (c < 0xc2) return (lead){0, 0, 0};
  if (c < 0xe0) return (lead){2, 0x80, 0xbf};
  if (c == 0xe0) return (lead){3, 0xa0, 0xbf};
  if (c == 0xed) return (lead){3, 0x80, 0x9f};
  if (c < 0xf0) return (lead){3, 0x80, 0xbf};
  if (c == 0xf0) return (lead){4, 0x90, 0xbf};
  if (c < 0xf4) return (lead){4, 0x80, 0xbf};
  if (c == 0xf4) return (lead){4, 0x80, 0x8f};
  return (lead){0, 0, 0};
}

// Bytes of the sequence at `p` that are well-formed so far; `*complete` when all are.
static size_t sequence(const unsigned char* p, size_t n, bool* complete) {
  const lead first = lead_of(p[0]);
  *complete = first.size == 1;
  if (first.size < 2) return 1;
  size_t got = 1;
  if (n > 1 && p[1] >= first.low && p[1] <= first.high) {
    got = 2;
    while (got < first.size && got < n && (p[got] & 0xc0) == 0x80) got++;
  }
  *complete = got == first.size;
  return got;
}

bool cr_utf8_valid(const unsigned char* text, size_t n) {
  size_t i = 0;
  while (i < n) {
    uint64_t eight;
    if (n - i >= sizeof eight) {
      memcpy(&eight, text + i, sizeof eight);
      if ((eight & 0x8080808080808080u) == 0) {
        i += sizeof eight;
        continue;
      }
    }
    bool complete;
    i += sequence(text + i, n - i, &complete);
    if (!complete) return false;
  }
  return true;
}

static bool reads_as_latin1(const unsigned char* run, size_t n) {
  for (size_t i = 0; i < n; i++) {
    if (run[i] < 0xa0) return false;
    if (i + 1 < n && run[i] >= 0xc0 && run[i + 1] < 0xc0) return false;
  }
  return true;
}

static size_t repair_run(const unsigned char* run, size_t n, unsigned char* out) {
  const bool latin1 = !cr_utf8_valid(run, n) && reads_as_latin1(run, n);
  size_t length = 0;
  for (size_t i = 0; i < n;) {
    bool complete;
    size_t size = sequence(run + i, n - i, &complete);
    if (latin1) {
      size = 1;
      out[length++] = (unsigned char)(0xc0 | run[i] >> 6);
      out[length++] = (unsigned char)(0x80 | (run[i] & 0x3f));
    } else if (complete) {
      memcpy(out + length, run + i, size);
      length += size;
    } else {
      memcpy(out + length, "\xef\xbf\xbd", 3);
      length += 3;
    }
    i += size;
  }
  return length;
}

size_t cr_utf8_repair(const unsigned char* text, size_t n, unsigned char* out) {
  size_t length = 0;
  for (size_t i = 0; i < n;) {
    if (text[i] < 0x80) {
      out[length++] = text[i++];
      continue;
    }
    size_t run = 1;
    while (i + run < n && text[i + run] >= 0x80) run++;
    length += repair_run(text + i, run, out + length);
    i += run;
  }
  return length;
}
