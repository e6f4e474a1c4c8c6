#include "model/value.h"

#include <string.h>

#include "base/mem.h"
#include "data/utf8.h"

#include "base/exact.h"

enum { HEAD = 8, WORD = 8 };

// What is being read, and how far.
typedef struct {
  uint8_t* bytes;
  size_t n, at;
  cr_value* value;  // NULL: only counting
  uint32_t n_values;
  cr_error* err;
} reader;

static cr_status damaged(const reader* r, const char* what) {
  return cr_fail_at(r->err, CR_EMODEL, "value", 0, (int64_t)r->at,
                    "the model file is damaged: %s", what);
}

static uint32_t get_32(const uint8_t* p) {
  return (uint32_t)p[0] | (uint32_t)p[1] << 8 | (uint32_t)p[2] << 16 |
         (uint32_t)p[3] << 24;
}

// To this machine's byte order, in place; nothing changes on a little-endian one.
static void settle_32(uint8_t* p, size_t n) {
  for (size_t i = 0; i < n; i++, p += 4) {
    const uint32_t word = get_32(p);
    memcpy(p, &word, sizeof word);
  }
}

static void settle_64(uint8_t* p, size_t n) {
  for (size_t i = 0; i < n; i++, p += 8) {
    const uint64_t word = get_32(p) | (uint64_t)get_32(p + 4) << 32;
    memcpy(p, &word, sizeof word);
  }
}

// Takes count * size bytes and the zeros after them.
static cr_status take(reader* r, uint64_t count, uint64_t size, uint8_t** part) {
  const uint64_t bytes = count * size;  // both below 2^33: no overflow
  const uint64_t filled = (bytes + WORD - 1) / WORD * WORD;
  if (filled > r->n - r->at) return damaged(r, "an array reaches past the end");
  *part = r->bytes + r->at;
  for (uint64_t i = bytes; i < filled; i++) {
    if ((*part)[i] != 0) return damaged(r, "an array is not filled up with zeros");
  }
  r->at += (size_t)filled;
  return CR_OK;
}

static bool text_is_valid(const uint8_t* text, size_t n) {
  if (n == 1 && text[0] == 0) return true;  // missing
  return memchr(text, 0, n) == NULL && cr_utf8_valid(text, n);
}

static cr_status take_texts(reader* r, uint32_t n, cr_texts* out) {
  cr_status status = CR_OK;
  uint8_t *start, *text;
  CR_TRY(take(r, (uint64_t)n + 1, 4, &start));
  if (get_32(start) != 0) return damaged(r, "offsets of texts do not begin at 0");
  CR_TRY(take(r, get_32(start + 4 * (size_t)n), 1, &text));
  for (size_t i = 0; i < n; i++) {
    const uint32_t from = get_32(start + 4 * i), to = get_32(start + 4 * (i + 1));
    if (to < from || to > get_32(start + 4 * (size_t)n)) {
      return damaged(r, "offsets of texts do not ascend");
    }
    if (r->value == NULL && !text_is_valid(text + from, to - from)) {
      return damaged(r, "a text is not UTF-8");
    }
  }
  if (r->value != NULL) settle_32(start, (size_t)n + 1);
  *out = (cr_texts){(const uint32_t*)(void*)start, (const char*)text};

done:
  return status;
}

static cr_status take_payload(reader* r, cr_value* v) {
  cr_status status = CR_OK;
  uint8_t* part = NULL;
  switch (v->type) {
    case CR_VALUE_NULL:
      if (v->n != 0) return damaged(r, "nothing has a length");
      break;
    case CR_VALUE_LIST: break;  // its elements follow
    case CR_VALUE_FLAG:
    case CR_VALUE_INTEGER:
      CR_TRY(take(r, v->n, 4, &part));
      if (r->value != NULL) settle_32(part, v->n);
      v->as.integer = (const int32_t*)(void*)part;
      break;
    case CR_VALUE_NUMBER:
      CR_TRY(take(r, v->n, 8, &part));
      if (r->value != NULL) settle_64(part, v->n);
      v->as.number = (const double*)(void*)part;
      break;
    case CR_VALUE_TEXT: return take_texts(r, v->n, &v->text);
    case CR_VALUE_BYTES:
      CR_TRY(take(r, v->n, 1, &part));
      v->as.byte = part;
      break;
    case CR_VALUE_TYPES: return damaged(r, "a value of unknown type");
  }
  if (v->type == CR_VALUE_FLAG) {
    for (size_t i = 0; i < v->n; i++) {
      const uint32_t flag = get_32(part + 4 * i);
      if (r->value == NULL && flag > 1 && flag != UINT32_C(0x80000000)) {
        return damaged(r, "a flag is neither true nor false");
      }
    }
  }

done:
  return status;
}

// One value without the elements of a list.
static cr_status take_value(reader* r, cr_value* v) {
  cr_status status = CR_OK;
  if (r->n - r->at < HEAD) return damaged(r, "a value reaches past the end");
  const uint8_t* head = r->bytes + r->at;
  if (head[0] >= CR_VALUE_TYPES) return damaged(r, "a value of unknown type");
  if (head[1] > 1 || head[2] != 0 || head[3] != 0) return damaged(r, "unknown marks");
  *v = (cr_value){.type = (cr_value_type)head[0], .n = get_32(head + 4), .size = 1};
  if (v->n > INT32_MAX) return damaged(r, "a length is out of range");
  r->at += HEAD;
  if (head[1] == 1) CR_TRY(take_texts(r, v->n, &v->names));
  status = take_payload(r, v);

done:
  return status;
}

// The whole tree, without recursion: `open` has the lists that are not complete yet.
static cr_status take_tree(reader* r) {
  cr_status status = CR_OK;
  struct {
    uint32_t list, left;
  } open[CR_VALUE_DEPTH];
  int depth = 0;
  r->at = 0;
  r->n_values = 0;
  do {
    cr_value v;
    CR_TRY(take_value(r, &v));
    const uint32_t here = r->n_values++;
    if (r->value != NULL) r->value[here] = v;
    if (depth > 0) open[depth - 1].left--;
    if (v.type == CR_VALUE_LIST) {
      if (depth == CR_VALUE_DEPTH) return damaged(r, "lists are nested too deeply");
      open[depth].list = here;
      open[depth++].left = v.n;
    }
    while (depth > 0 && open[depth - 1].left == 0) {
      depth--;
      if (r->value == NULL) continue;
      r->value[open[depth].list].size = r->n_values - open[depth].list;
    }
  } while (depth > 0);
  if (r->at != r->n) return damaged(r, "bytes after the last value");

done:
  return status;
}

cr_status cr_value_read(uint8_t* bytes, size_t n, cr_value** values, cr_error* err) {
  cr_status status = CR_OK;
  reader r = {.bytes = bytes, .n = n, .err = err};
  CR_TRY(take_tree(&r));  // checks everything, and counts
  r.value = cr_alloc(r.n_values, sizeof *r.value);
  if (r.value == NULL) {
    return cr_fail(err, CR_ENOMEM, "memory", "no memory to read a model of %zu bytes", n);
  }
  CR_TRY(take_tree(&r));
  *values = r.value;

done:
  return status;
}

bool cr_texts_at(const cr_texts* texts, size_t i, const char** text, size_t* n) {
  *text = texts->bytes + texts->start[i];
  *n = texts->start[i + 1] - texts->start[i];
  return !(*n == 1 && (*text)[0] == 0);
}

bool cr_texts_equal(const cr_texts* texts, size_t i, const char* wanted) {
  const char* text;
  size_t n;
  return cr_texts_at(texts, i, &text, &n) && n == strlen(wanted) &&
         memcmp(text, wanted, n) == 0;
}

const cr_value* cr_value_find(const cr_value* list, const char* name) {
  if (list->type != CR_VALUE_LIST || list->names.start == NULL) return NULL;
  const cr_value* v = list + 1;
  for (size_t i = 0; i < list->n; i++, v = cr_value_next(v)) {
    if (cr_texts_equal(&list->names, i, name)) return v;
  }
  return NULL;
}

const cr_value* cr_value_field(const cr_value* list, const char* name, cr_value_type type,
                               int64_t n, cr_error* err) {
  const cr_value* v = cr_value_find(list, name);
  if (v != NULL && v->type == type && (n < 0 || (int64_t)v->n == n)) return v;
  (void)cr_fail(err, CR_EMODEL, "field", "the model's field `%s` is damaged", name);
  return NULL;
}
