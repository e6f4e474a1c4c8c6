#include "base/hash.h"

#include "check.h"

static bool words_give(const uint64_t* word, size_t n, uint64_t first, uint64_t second) {
  cr_hash hash = {0};
  uint64_t result[2];
  for (size_t i = 0; i < n; i++) cr_hash_word(&hash, word[i]);
  cr_hash_result(&hash, result);
  return result[0] == first && result[1] == second;
}

static uint64_t of_doubles(const double* x, size_t n) {
  cr_hash hash = {0};
  uint64_t result[2];
  cr_hash_doubles(&hash, x, n);
  cr_hash_result(&hash, result);
  return result[0];
}

static uint64_t of_integers(const int32_t* x, size_t n) {
  cr_hash hash = {0};
  uint64_t result[2];
  cr_hash_integers(&hash, x, n);
  cr_hash_result(&hash, result);
  return result[0];
}

static uint64_t of_bytes(const char* bytes, size_t n) {
  cr_hash hash = {0};
  uint64_t result[2];
  cr_hash_bytes(&hash, bytes, n);
  cr_hash_result(&hash, result);
  return result[0];
}

// From a transcription of the algorithm in Python that gives the published
// e34bbc7bbc071b6c 7a433ca9c49a9347 for "The quick brown fox jumps over the lazy dog"
static void known_answers(void) {
  const uint64_t small[] = {1, 2, 3}, zero[] = {0, 0};
  const uint64_t wide = UINT64_C(0x0123456789abcdef), same[] = {wide, wide, wide, wide};
  CHECK(words_give(small, 0, 0, 0));
  CHECK(words_give(small, 1, UINT64_C(0x004403b7fb05c44a), UINT64_C(0x3d8acdb4d36d9c06)));
  CHECK(words_give(small, 2, UINT64_C(0xdeed8b2be489f006), UINT64_C(0x2f85052754e1e577)));
  CHECK(words_give(small, 3, UINT64_C(0xb50a97f8b297f541), UINT64_C(0x57f6887b59f04f45)));
  CHECK(words_give(zero, 2, UINT64_C(0x4bbd1bf27da918d6), UINT64_C(0xb465a9eccd791cb6)));
  CHECK(words_give(same, 4, UINT64_C(0x32323621b6c917d2), UINT64_C(0x6815204ba4cf161f)));
}

static void numbers(void) {
  const double x[] = {1, 2, 3}, y[] = {1, 2, 3 + 1e-15}, zero[] = {0, -0.0};
  const double nans[] = {NAN, -NAN};
  CHECK(of_doubles(x, 3) != of_doubles(y, 3));
  CHECK(of_doubles(x, 3) != of_doubles(x, 2));
  CHECK(of_doubles(zero, 1) != of_doubles(zero + 1, 1));
  CHECK(of_doubles(nans, 1) == of_doubles(nans + 1, 1));
  CHECK(of_doubles(nans, 1) != of_doubles(zero, 1));

  const int32_t a[] = {1, 0, INT32_MIN}, b[] = {1, 0, 0};
  CHECK(of_integers(a, 1) != of_integers(a, 2));  // the padding is not a value
  CHECK(of_integers(a, 3) != of_integers(b, 3));
}

static void bytes(void) {
  CHECK(of_bytes("abcdefgh", 8) != of_bytes("abcdefgi", 8));
  CHECK(of_bytes("abc\0", 3) != of_bytes("abc\0", 4));
  CHECK(of_bytes("", 0) == of_bytes("x", 0));
  CHECK(of_bytes("abcdefghi", 9) != of_bytes("abcdefgh", 8));
}

static void goes_on_after_a_result(void) {
  cr_hash hash = {0};
  uint64_t early[2], late[2];
  cr_hash_word(&hash, 1);
  cr_hash_result(&hash, early);
  cr_hash_word(&hash, 2);
  cr_hash_result(&hash, late);
  CHECK(early[0] != late[0]);
  CHECK(late[0] == UINT64_C(0xdeed8b2be489f006));
}

void test_hash(void) {
  known_answers();
  numbers();
  bytes();
  goes_on_after_a_result();
}
