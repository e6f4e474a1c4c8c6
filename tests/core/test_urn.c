#include "tree/urn.h"

#include "check.h"

enum { N = 5000 };

static uint32_t row[N], word[N], out[N];
static int32_t event[2 * N];
static uint8_t times[N];

// Draws, checks that words and left-out rows are consistent and ascend, and gives the sum
// of times.
static size_t draw(const cr_urn* urn, uint64_t seed, size_t tree, size_t* n_words) {
  size_t n_out, total = 0;
  cr_urn_draw(urn, seed, tree, times, word, n_words, out, &n_out);
  CHECK(*n_words + n_out == urn->n);
  bool fine = true;
  for (size_t i = 0, w = 0, o = 0; i < urn->n; i++) {
    if (times[i] == 0) {
      fine = fine && out[o++] == urn->row[i];
      continue;
    }
    const uint32_t expected =
        urn->row[i] << 6 | (uint32_t)times[i] << 1 | (uint32_t)urn->event[urn->row[i]];
    fine = fine && word[w++] == expected;
    total += times[i];
  }
  CHECK(fine);
  return total;
}

void test_urn(void) {
  for (uint32_t i = 0; i < N; i++) {
    row[i] = 2 * i + (i > 100);  // not every row of the table is in the urn
    event[row[i]] = i % 3 == 0;
  }
  size_t n_words;
  cr_urn urn = {row, event, N, 1.0, 1};
  CHECK(draw(&urn, 1, 0, &n_words) == N);
  // 1 - 1/e of the rows, within five standard errors
  CHECK_NEAR((double)n_words / N, 0.63212, 0.022);
  static uint32_t first[N];
  memcpy(first, word, sizeof first);
  size_t again;
  (void)draw(&urn, 1, 0, &again);
  CHECK(again == n_words && memcmp(first, word, n_words * sizeof *word) == 0);
  (void)draw(&urn, 1, 1, &again);
  CHECK(memcmp(first, word, 100 * sizeof *word) != 0);
  (void)draw(&urn, 2, 0, &again);
  CHECK(memcmp(first, word, 100 * sizeof *word) != 0);

  urn.share = 0.3;
  CHECK(draw(&urn, 1, 0, &n_words) == 1500);
  urn.replace = 0;
  CHECK(draw(&urn, 1, 0, &n_words) == 1500 && n_words == 1500);
  // every row has the same chance, first and last alike: thirds of the rows over 60 trees
  size_t third[3] = {0};
  for (size_t t = 0; t < 60; t++) {
    (void)draw(&urn, 7, t, &n_words);
    for (size_t i = 0; i < N; i++) third[i / 1667] += times[i];
  }
  for (int k = 0; k < 3; k++) CHECK_NEAR((double)third[k] / (60.0 * 1667), 0.3, 0.008);

  urn.share = 1.0;
  CHECK(draw(&urn, 1, 0, &n_words) == N && n_words == N);
  urn.share = 1e-9;
  CHECK(draw(&urn, 1, 0, &n_words) == 1);
  urn = (cr_urn){row, event, 1, 1.0, 1};
  CHECK(draw(&urn, 1, 0, &n_words) == 1 && n_words == 1);
  urn.replace = 0;
  CHECK(draw(&urn, 1, 0, &n_words) == 1 && n_words == 1);
}
