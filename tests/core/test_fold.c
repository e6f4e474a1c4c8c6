#include "data/fold.h"

#include "base/sort.h"
#include "check.h"

enum { N = 2000, STRATA = 7 };

static int32_t stratum[N], item[N], rank[N], other[N];

// Within each stratum the ranks are 0 .. size-1, each once
static bool is_ranking(void) {
  for (int32_t s = 0; s < STRATA; s++) {
    bool taken[N] = {false};
    int32_t size = 0;
    for (size_t i = 0; i < N; i++) size += stratum[i] == s;
    for (size_t i = 0; i < N; i++) {
      if (stratum[i] != s) continue;
      if (rank[i] < 0 || rank[i] >= size || taken[rank[i]]) return false;
      taken[rank[i]] = true;
    }
  }
  return true;
}

// The definition: how many rows of my stratum drew less, or the same and come first
static bool agrees_with_counting(uint64_t seed, uint32_t round) {
  for (size_t i = 0; i < N; i += 37) {
    int32_t before = 0;
    const uint64_t mine = cr_rng_hash(seed, CR_FOR_FOLDS, (uint64_t)round << 32 | i);
    for (size_t j = 0; j < N; j++) {
      const uint64_t its = cr_rng_hash(seed, CR_FOR_FOLDS, (uint64_t)round << 32 | j);
      before += stratum[j] == stratum[i] && (its < mine || (its == mine && j < i));
    }
    if (rank[i] != before) return false;
  }
  return true;
}

static int same_places(void) {
  int same = 0;
  for (size_t i = 0; i < N; i++) same += rank[i] == other[i];
  return same;
}

static void check_items_free_the_order_of_rows(void) {
  for (int32_t i = 0; i < N; i++) item[i] = i + 1;
  CHECK(cr_fold_rank(stratum, item, N, STRATA, 5, CR_FOR_FOLDS, 0, rank, NULL) == CR_OK);
  for (size_t i = 0; i < N / 2; i++) {  // turn the rows around
    const int32_t name = item[i], group = stratum[i];
    item[i] = item[N - 1 - i], item[N - 1 - i] = name;
    stratum[i] = stratum[N - 1 - i], stratum[N - 1 - i] = group;
  }
  CHECK(cr_fold_rank(stratum, item, N, STRATA, 5, CR_FOR_FOLDS, 0, other, NULL) == CR_OK);
  bool same = true;
  for (size_t i = 0; i < N; i++) same = same && other[i] == rank[N - 1 - i];
  CHECK(same);
}

void test_fold(void) {
  for (size_t i = 0; i < N; i++) stratum[i] = (int32_t)(i * i % STRATA);

  CHECK(cr_fold_rank(stratum, NULL, N, STRATA, 1, CR_FOR_FOLDS, 0, rank, NULL) == CR_OK);
  CHECK(is_ranking());
  CHECK(agrees_with_counting(1, 0));

  // another round, purpose or seed is another order; the same is the same
  CHECK(cr_fold_rank(stratum, NULL, N, STRATA, 1, CR_FOR_FOLDS, 0, other, NULL) == CR_OK);
  CHECK(same_places() == N);
  CHECK(cr_fold_rank(stratum, NULL, N, STRATA, 1, CR_FOR_FOLDS, 1, other, NULL) == CR_OK);
  CHECK(same_places() < N / 10);
  CHECK(cr_fold_rank(stratum, NULL, N, STRATA, 1, CR_FOR_HOLDOUT, 0, other, NULL) ==
        CR_OK);
  CHECK(same_places() < N / 10);
  CHECK(cr_fold_rank(stratum, NULL, N, STRATA, 2, CR_FOR_FOLDS, 0, other, NULL) == CR_OK);
  CHECK(same_places() < N / 10);

  check_items_free_the_order_of_rows();

  CHECK(cr_fold_rank(stratum, NULL, 0, 1, 1, CR_FOR_FOLDS, 0, rank, NULL) == CR_OK);
  stratum[0] = 0;
  rank[0] = -1;
  CHECK(cr_fold_rank(stratum, NULL, 1, 1, 1, CR_FOR_FOLDS, 0, rank, NULL) == CR_OK);
  CHECK(rank[0] == 0);

  CHECK_ALLOCATIONS(cr_fold_rank(stratum, NULL, 1, 1, 1, CR_FOR_FOLDS, 0, rank, NULL),
                    (void)0);
}
