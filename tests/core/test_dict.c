#include "data/dict.h"

#include "base/mem.h"
#include "base/rng.h"
#include "check.h"

enum { N = 5000 };

static cr_status put(cr_dict* dict, const char* text, uint32_t* code, cr_error* err) {
  return cr_dict_put(dict, (const unsigned char*)text, strlen(text), code, err);
}

static bool holds(const cr_dict* dict, uint32_t code, const char* text) {
  size_t n;
  const unsigned char* found = cr_dict_text(dict, code, &n);
  return n == strlen(text) && memcmp(found, text, n) == 0;
}

// Distinct texts of every length, many sharing a start.
static void write_text(char* out, size_t size, uint32_t i) {
  (void)snprintf(out, size, "%.*s%u", (int)(i % 17), "aaaaaaaaaaaaaaaaaaaa", i);
}

static void test_many(void) {
  cr_dict dict = {0};
  char text[64];
  bool fine = true;
  for (uint32_t round = 0; round < 2; round++) {
    for (uint32_t i = 0; i < N; i++) {
      uint32_t code = 0;
      write_text(text, sizeof text, i);
      fine = fine && put(&dict, text, &code, NULL) == CR_OK && code == i;
    }
  }
  for (uint32_t i = 0; i < N; i++) {
    write_text(text, sizeof text, i);
    fine = fine && holds(&dict, i, text);
  }
  CHECK(fine && dict.n == N);

  static uint32_t rank[N], at[N];
  CHECK(cr_dict_rank(&dict, rank, NULL) == CR_OK);
  bool sorted = true;
  for (uint32_t i = 0; i < N; i++) at[rank[i]] = i;
  for (uint32_t i = 1; i < N; i++) {
    char before[64];
    write_text(before, sizeof before, at[i - 1]);
    write_text(text, sizeof text, at[i]);
    sorted = sorted && strcmp(before, text) < 0;
  }
  CHECK(sorted);
  cr_dict_free(&dict);
  CHECK(dict.n == 0);
}

static cr_status build(cr_dict* dict) {
  char text[64];
  cr_status status = CR_OK;
  for (uint32_t i = 0; i < 200 && status == CR_OK; i++) {
    uint32_t code;
    write_text(text, sizeof text, i);
    status = put(dict, text, &code, NULL);
    if (status == CR_OK) continue;
    // still valid: what was there can be found, what failed is not there
    CHECK(i == 0 || cr_dict_find(dict, (const unsigned char*)"0", 1, &code));
    CHECK(!cr_dict_find(dict, (const unsigned char*)text, strlen(text), &code));
  }
  uint32_t rank[200];
  if (status == CR_OK) status = cr_dict_rank(dict, rank, NULL);
  if (status != CR_OK) cr_dict_free(dict);
  return status;
}

void test_dict(void) {
  cr_dict dict = {0};
  uint32_t code = 9;
  CHECK(!cr_dict_find(&dict, (const unsigned char*)"a", 1, &code) && code == 9);
  CHECK(cr_dict_rank(&dict, NULL, NULL) == CR_OK);
  CHECK(put(&dict, "", &code, NULL) == CR_OK && code == 0);
  CHECK(put(&dict, "b", &code, NULL) == CR_OK && code == 1);
  CHECK(put(&dict, "", &code, NULL) == CR_OK && code == 0);
  CHECK(cr_dict_put(&dict, (const unsigned char*)"b\0c", 3, &code, NULL) == CR_OK);
  CHECK(code == 2 && dict.n == 3);
  CHECK(cr_dict_find(&dict, (const unsigned char*)"b\0c", 3, &code) && code == 2);
  CHECK(!cr_dict_find(&dict, (const unsigned char*)"b\0d", 3, &code));
  cr_dict_free(&dict);
  cr_dict_free(&dict);

  test_many();
  CHECK_ALLOCATIONS(build(&dict), cr_dict_free(&dict));
}
