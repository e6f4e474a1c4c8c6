#include "model/value.h"

#include "base/mem.h"
#include "model_scene.h"

// One of everything, with a list inside a list, missing values and all kinds of names.
static void write_all(cr_writer* w) {
  put_list(w, 7, NAMES("null", "list", "flag", "integer", "number", "text", "bytes"));
  cr_write_head(w, CR_VALUE_NULL, false, 0);
  put_list(w, 2, NULL);
  put_list(w, 0, NULL);
  put_texts(w, 0, NULL);
  cr_write_head(w, CR_VALUE_FLAG, false, 3);
  cr_write_integers(w, INTEGERS(0, 1, INT32_MIN), 3);
  cr_write_head(w, CR_VALUE_INTEGER, true, 2);
  cr_write_texts(w, scene_text, NAMES("a", ""), 2);
  cr_write_integers(w, INTEGERS(-7, INT32_MAX), 2);
  put_numbers(w, 2, NUMBERS(-0.0, INFINITY));
  put_texts(w, 4, NAMES("", NULL, "z\xc3\xbcrich", "<script>"));
  put_raw(w, 3, BYTES(9, 0, 255));
}

static void test_round_trip(void) {
  cr_writer w = {0};
  cr_value* v = NULL;
  cr_error err;
  write_all(&w);
  CHECK(w.status == CR_OK && w.n % 8 == 0);
  CHECK(cr_value_read(w.bytes, w.n, &v, &err) == CR_OK);
  if (v == NULL) return;
  CHECK(v->type == CR_VALUE_LIST && v->n == 7 && v->size == 10);
  CHECK(cr_value_find(v, "null")->type == CR_VALUE_NULL);
  CHECK(cr_value_find(v, "list")->size == 3 && cr_value_find(v, "nothing") == NULL);
  const cr_value* flag = cr_value_field(v, "flag", CR_VALUE_FLAG, 3, NULL);
  CHECK(flag != NULL && flag->as.integer[1] == 1 && flag->as.integer[2] == INT32_MIN);
  const cr_value* integer = cr_value_field(v, "integer", CR_VALUE_INTEGER, -1, NULL);
  CHECK(integer != NULL && integer->as.integer[0] == -7 &&
        integer->as.integer[1] == INT32_MAX);
  CHECK(cr_texts_equal(&integer->names, 0, "a") &&
        cr_texts_equal(&integer->names, 1, ""));
  const cr_value* number = cr_value_field(v, "number", CR_VALUE_NUMBER, 2, NULL);
  CHECK(number != NULL && signbit(number->as.number[0]) && number->as.number[1] > 1e308);
  const cr_value* text = cr_value_field(v, "text", CR_VALUE_TEXT, 4, NULL);
  const char* at;
  size_t n;
  CHECK(text != NULL && cr_texts_at(&text->text, 0, &at, &n) && n == 0);
  CHECK(!cr_texts_at(&text->text, 1, &at, &n));
  CHECK(cr_texts_equal(&text->text, 2, "z\xc3\xbcrich"));
  CHECK(cr_value_find(v, "bytes")->as.byte[2] == 255);

  CHECK(cr_value_field(v, "text", CR_VALUE_TEXT, 5, &err) == NULL &&
        err.status == CR_EMODEL);
  CHECK(cr_value_field(v, "text", CR_VALUE_NUMBER, 4, &err) == NULL);
  CHECK(strcmp(err.code, "field") == 0 && strstr(err.message, "`text`") != NULL);
  cr_free(v);
  cr_writer_free(&w);
}

static cr_status read_copy(const uint8_t* bytes, size_t n, cr_value** v, cr_error* err) {
  uint8_t* copy = cr_alloc_aligned(n, 1);
  *v = NULL;
  if (copy == NULL) return CR_ENOMEM;
  memcpy(copy, bytes, n);
  const cr_status status = cr_value_read(copy, n, v, err);
  if (status != CR_OK) CHECK(*v == NULL);
  cr_free(*v);
  cr_free_aligned(copy);
  return status;
}

// No proper part of the bytes is a value, nor are more of them; a changed byte is refused
// or another content.
static void test_damage(void) {
  cr_writer w = {0};
  cr_value* v;
  cr_error err;
  write_all(&w);
  for (size_t n = 0; n < w.n; n++) CHECK(read_copy(w.bytes, n, &v, &err) == CR_EMODEL);
  for (size_t i = 0; i < w.n; i++) {
    for (int bit = 0; bit < 8; bit++) {
      w.bytes[i] ^= (uint8_t)(1 << bit);
      const cr_status status = read_copy(w.bytes, w.n, &v, &err);
      CHECK(status == CR_OK || status == CR_EMODEL);
      w.bytes[i] ^= (uint8_t)(1 << bit);
    }
  }
  const size_t n = w.n;
  cr_write_64(&w, 0);
  CHECK(read_copy(w.bytes, n + 8, &v, &err) == CR_EMODEL && err.offset == (int64_t)n);
  cr_writer_free(&w);
}

static cr_status nest(int depth) {
  cr_writer w = {0};
  cr_value* v;
  for (int d = 0; d < depth; d++) put_list(&w, 1, NULL);
  cr_write_head(&w, CR_VALUE_NULL, false, 0);
  const cr_status status = read_copy(w.bytes, w.n, &v, NULL);
  cr_writer_free(&w);
  return status;
}

// Heads that promise more than there is are refused before anything is allocated.
static void test_hostile_heads(void) {
  static const uint32_t lengths[] = {2, 1000, INT32_MAX, UINT32_C(0x80000000),
                                     UINT32_MAX};
  cr_error err;
  cr_value* v;
  for (uint32_t type = 0; type < 9; type++) {
    for (size_t k = 0; k < sizeof lengths / sizeof *lengths; k++) {
      for (uint32_t named = 0; named < 3; named++) {
        cr_writer w = {0};
        cr_write_32(&w, type | named << 8);
        cr_write_32(&w, lengths[k]);
        cr_write_64(&w, 0);
        const long live = check_live_blocks();
        if (!(type == CR_VALUE_FLAG || type == CR_VALUE_INTEGER ||
              type == CR_VALUE_BYTES) ||
            named > 0 || lengths[k] > 2) {
          CHECK(read_copy(w.bytes, w.n, &v, &err) == CR_EMODEL);
        }
        CHECK(check_live_blocks() == live);
        cr_writer_free(&w);
      }
    }
  }
}

static cr_status write_and_read(void) {
  cr_writer w = {0};
  cr_value* v = NULL;
  write_all(&w);
  cr_status status = w.status;
  if (status == CR_OK) status = cr_value_read(w.bytes, w.n, &v, NULL);
  cr_free(v);
  cr_writer_free(&w);
  return status;
}

void test_value(void) {
  test_round_trip();
  test_damage();
  CHECK(nest(CR_VALUE_DEPTH) == CR_OK);
  CHECK(nest(CR_VALUE_DEPTH + 1) == CR_EMODEL);
  CHECK(nest(100000) == CR_EMODEL);
  test_hostile_heads();
  CHECK_ALLOCATIONS(write_and_read(), (void)0);
}
