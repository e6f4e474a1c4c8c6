#include "data/bins.h"

#include "base/mem.h"
#include "base/rng.h"
#include "check.h"

enum { N = 3000 };

static const cr_run ONE = {.threads = 1, .seed = 7};
static const cr_run THREE = {.threads = 3, .seed = 7};

static cr_column numbers(const double* x) {
  const cr_column column = {.type = CR_COLUMN_DOUBLE, .number = x};
  return column;
}

static cr_column levels(const int32_t* x, int32_t n_levels) {
  const cr_column column = {.type = CR_COLUMN_LEVEL, .integer = x, .n_levels = n_levels};
  return column;
}

// code(x) = 1 + number of cuts below x, counted one by one
static void codes_count_the_cuts_below(void) {
  cr_rng rng = cr_rng_stream(3, CR_FOR_SIMULATION, 0);
  double cut[CR_BINS_MAX - 1];
  for (int32_t n = 0; n < CR_BINS_MAX; n = n < 20 ? n + 1 : n + 37) {
    for (int32_t c = 0; c < n; c++) cut[c] = c + 0.5;
    bool same = true;
    for (int trial = 0; trial < 200; trial++) {
      const double x = trial % 2 ? cut[0] * (double)cr_rng_below(&rng, 300) / 0.5
                                 : 300.0 * cr_rng_unit(&rng) - 10.0;
      int below = 0;
      for (int32_t c = 0; c < n; c++) below += cut[c] < x;
      if (n > 0 && cr_bins_code(cut, n, x) != 1 + below) same = false;
    }
    CHECK(same);
    CHECK(cr_bins_code(cut, n, NAN) == 0);
    CHECK(cr_bins_code(cut, n, -INFINITY) == 1);
    CHECK(cr_bins_code(cut, n, INFINITY) == n + 1);
  }
}

static void few_values_get_a_bin_each(void) {
  const double x[] = {3, 1, NAN, 1, 2, -0.0, 0.0, 3};
  const cr_column column = numbers(x);
  const cr_frame frame = {8, 1, &column};
  cr_bins bins = {0};
  CHECK(cr_bins_learn(&frame, NULL, 0, NULL, 10, &ONE, &bins, NULL) == CR_OK);
  CHECK(bins.n_bins[0] == 4 && bins.cut_start[1] == 3);
  CHECK(bins.cut[0] == 0.5 && bins.cut[1] == 1.5 && bins.cut[2] == 2.5);

  cr_codes codes = {0};
  CHECK(cr_bins_encode(&bins, &frame, NULL, CR_BLOCKS_PLAIN, &ONE, &codes, NULL) ==
        CR_OK);
  const uint8_t expected[] = {4, 2, 0, 2, 3, 1, 1, 4};
  CHECK(memcmp(codes.column, expected, 8) == 0);
  CHECK(codes.block[5 * CR_BLOCK] == 1 && codes.block[5 * CR_BLOCK + 1] == 0);
  cr_codes_free(&codes);
  cr_bins_free(&bins);
}

static void many_values_share_bins_of_equal_weight(void) {
  static double x[N];
  static double weight[N];
  static double repeated[2 * N];
  cr_rng rng = cr_rng_stream(4, CR_FOR_SIMULATION, 0);
  size_t n_repeated = 0;
  for (size_t i = 0; i < N; i++) {
    x[i] = i % 3 == 0 ? 5.0 : cr_rng_normal(&rng) * 100.0;  // a third in one value
    weight[i] = 1.0 + (double)(i % 2);
    for (size_t r = 0; r < 1 + i % 2; r++) repeated[n_repeated++] = x[i];
  }
  const cr_column column = numbers(x), twice = numbers(repeated);
  const cr_frame frame = {N, 1, &column}, longer = {n_repeated, 1, &twice};
  cr_bins bins = {0}, weighted = {0}, rows = {0};
  CHECK(cr_bins_learn(&frame, NULL, 0, NULL, 30, &ONE, &bins, NULL) == CR_OK);
  CHECK(bins.n_bins[0] <= 30 && bins.n_bins[0] >= 20);
  CHECK(cr_bins_validate(&bins, (size_t)bins.cut_start[1], 0, NULL) == CR_OK);

  cr_codes codes = {0};
  CHECK(cr_bins_encode(&bins, &frame, NULL, CR_BLOCKS_NONE, &THREE, &codes, NULL) ==
        CR_OK);
  size_t count[256] = {0};
  for (size_t i = 0; i < N; i++) count[codes.column[i]]++;
  bool fair = count[0] == 0;
  for (int32_t b = 1; b <= bins.n_bins[0]; b++) {
    const bool heavy = b == codes.column[0];  // the bin of the value 5
    if (count[b] == 0 || (!heavy && count[b] > 2 * N / 30)) fair = false;
  }
  CHECK(fair && count[codes.column[0]] == N / 3);
  cr_codes_free(&codes);

  // whole weights are repeated rows
  CHECK(cr_bins_learn(&frame, NULL, 0, weight, 30, &ONE, &weighted, NULL) == CR_OK);
  CHECK(cr_bins_learn(&longer, NULL, 0, NULL, 30, &THREE, &rows, NULL) == CR_OK);
  CHECK(weighted.n_bins[0] == rows.n_bins[0] &&
        memcmp(weighted.cut, rows.cut, (size_t)rows.cut_start[1] * sizeof(double)) == 0);
  cr_bins_free(&rows);
  cr_bins_free(&weighted);
  cr_bins_free(&bins);
}

// Both orders of the codes say the same, for any width of the last block.
static void blocks_repeat_the_columns(void) {
  enum { ROWS = 531, WIDEST = 37 };
  static double x[WIDEST][ROWS];
  cr_column columns[WIDEST];
  cr_rng rng = cr_rng_stream(6, CR_FOR_SIMULATION, 0);
  for (size_t j = 0; j < WIDEST; j++) {
    for (size_t i = 0; i < ROWS; i++) x[j][i] = cr_rng_normal(&rng);
    columns[j] = numbers(x[j]);
  }
  for (size_t p = 1; p <= WIDEST; p += 3) {
    const cr_frame frame = {ROWS, p, columns};
    cr_bins bins = {0};
    cr_codes codes = {0};
    CHECK(cr_bins_learn(&frame, NULL, 0, NULL, 100, &ONE, &bins, NULL) == CR_OK);
    CHECK(cr_bins_encode(&bins, &frame, NULL, CR_BLOCKS_PLAIN, &ONE, &codes, NULL) ==
          CR_OK);
    bool same = true, right = true;
    for (size_t j = 0; j < codes.lanes.n_blocks * CR_BLOCK; j++) {
      for (size_t i = 0; i < ROWS; i++) {
        const uint8_t code = j < p ? codes.column[j * ROWS + i] : 0;
        const uint8_t* block = codes.block + j / CR_BLOCK * ROWS * CR_BLOCK;
        if (block[i * CR_BLOCK + j % CR_BLOCK] != code) same = false;
        if (j >= p) continue;
        const int32_t n_cuts = bins.cut_start[j + 1] - bins.cut_start[j];
        if (code != cr_bins_code(bins.cut + bins.cut_start[j], n_cuts, x[j][i]))
          right = false;
      }
    }
    CHECK(same && right);
    cr_codes_free(&codes);
    cr_bins_free(&bins);
  }
}

static void levels_keep_their_labels(void) {
  static int32_t x[N];
  for (size_t i = 0; i < N; i++) x[i] = (int32_t)(i % 400 < 300 ? i % 300 : i % 5) + 1;
  x[0] = CR_MISSING_INT;
  const cr_column column = levels(x, 302);  // levels 301 and 302 never occur
  const cr_frame frame = {N, 1, &column};
  cr_bins bins = {0};
  CHECK(cr_bins_learn(&frame, NULL, 0, NULL, 100, &ONE, &bins, NULL) == CR_OK);
  CHECK(bins.n_bins[0] == 100 && bins.n_levels[0] == 302);
  CHECK(bins.level_code[300] == 0 && bins.level_code[301] == 0);
  for (int32_t l = 0; l < 5; l++)
    CHECK(bins.level_code[l] == l + 1);  // the frequent ones
  size_t in_last = 0;
  for (int32_t l = 0; l < 300; l++) in_last += bins.level_code[l] == 100;
  CHECK(in_last == 300 - 99);

  // levels added after training, and missing, have code 0
  const int32_t fresh[] = {1, 302, CR_MISSING_INT, 400};
  const cr_column newer = levels(fresh, 400);
  const cr_frame later = {4, 1, &newer};
  cr_codes codes = {0};
  CHECK(cr_bins_encode(&bins, &later, NULL, CR_BLOCKS_PLAIN, &ONE, &codes, NULL) ==
        CR_OK);
  CHECK(codes.column[0] == 1 && codes.column[1] == 0 && codes.column[2] == 0 &&
        codes.column[3] == 0);
  cr_codes_free(&codes);

  // a number where a level was
  const double number[] = {1, 2, 3, 4};
  const cr_column other = numbers(number);
  const cr_frame wrong = {4, 1, &other};
  CHECK(cr_bins_encode(&bins, &wrong, NULL, CR_BLOCKS_PLAIN, &ONE, &codes, NULL) ==
        CR_EINPUT);
  cr_bins_free(&bins);
}

static void damaged_bins_are_refused(void) {
  double cut[] = {1, 2, 3};
  uint8_t code[] = {1, 2};
  int32_t n_bins[] = {4, 2}, n_levels[] = {0, 2};
  int32_t cut_start[] = {0, 3, 3}, level_start[] = {0, 0, 2};
  const cr_bins bins = {2, n_bins, n_levels, cut_start, cut, level_start, code};
  CHECK(cr_bins_validate(&bins, 3, 2, NULL) == CR_OK);
  CHECK(cr_bins_validate(&bins, 4, 2, NULL) == CR_EMODEL);
  CHECK(cr_bins_validate(&bins, 3, 1, NULL) == CR_EMODEL);
#define DAMAGE(place, value)                                 \
  do {                                                       \
    const __typeof__(place) kept = (place);                  \
    (place) = (value);                                       \
    CHECK(cr_bins_validate(&bins, 3, 2, NULL) == CR_EMODEL); \
    (place) = kept;                                          \
  } while (0)
  DAMAGE(cut[1], NAN);
  DAMAGE(cut[1], 1.0);
  DAMAGE(cut[2], INFINITY);
  DAMAGE(n_bins[0], 5);
  DAMAGE(n_bins[0], -1);
  DAMAGE(n_bins[1], 255);
  DAMAGE(code[1], 3);
  DAMAGE(cut_start[1], -1);
  DAMAGE(cut_start[0], 1);
  DAMAGE(level_start[2], 3);
  DAMAGE(n_levels[1], 1);
#undef DAMAGE
}

static cr_status learn_and_encode(const cr_frame* frame, cr_bins* bins, cr_codes* codes) {
  cr_status status = cr_bins_learn(frame, NULL, 0, NULL, 5, &ONE, bins, NULL);
  if (status != CR_OK) return status;
  status = cr_bins_encode(bins, frame, NULL, CR_BLOCKS_PLAIN, &ONE, codes, NULL);
  if (status != CR_OK) cr_bins_free(bins);
  return status;
}

void test_bins(void) {
  codes_count_the_cuts_below();
  few_values_get_a_bin_each();
  many_values_share_bins_of_equal_weight();
  blocks_repeat_the_columns();
  levels_keep_their_labels();
  damaged_bins_are_refused();

  // empty, all missing and constant columns
  const double none[] = {NAN, NAN, NAN}, same[] = {2, 2, 2};
  const cr_column columns[] = {numbers(none), numbers(same)};
  const cr_frame frame = {3, 2, columns}, empty = {0, 2, columns};
  cr_bins bins = {0};
  cr_codes codes = {0};
  CHECK(cr_bins_learn(&frame, NULL, 0, NULL, 5, &ONE, &bins, NULL) == CR_OK);
  CHECK(bins.n_bins[0] == 0 && bins.n_bins[1] == 1);
  CHECK(cr_bins_encode(&bins, &empty, NULL, CR_BLOCKS_PLAIN, &ONE, &codes, NULL) ==
        CR_OK);
  cr_codes_free(&codes);
  cr_bins_free(&bins);

  const double x[] = {1, 2, 3, 4, 5, 6, 7, 8, 9};
  const int32_t level[] = {1, 2, 3, 4, 5, 6, 7, 8, 9};
  const cr_column both[] = {numbers(x), levels(level, 9)};
  const cr_frame small = {9, 2, both};
  CHECK_ALLOCATIONS(learn_and_encode(&small, &bins, &codes),
                    (cr_codes_free(&codes), cr_bins_free(&bins)));
}
