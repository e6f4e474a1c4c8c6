#include "near/screen.h"

#include <math.h>
#include <string.h>

#if defined(__x86_64__) && defined(__GNUC__)
#include <immintrin.h>
#endif

#include "base/mem.h"
#include "base/sort.h"

#include "base/exact.h"

#if defined(__clang__)
#define UNROLL _Pragma("unroll")
#else
#define UNROLL _Pragma("GCC unroll 6")
#endif

// The norm of a code is at most NORM_MAX, so norm - 2 * product fits 32 bits.
enum { NORM_MAX = 1 << 28 };

void cr_screen_free(cr_screen* screen) {
  cr_free(screen->missing);
  cr_free(screen->level_start);
  cr_free(screen->level_entry);
  cr_free_aligned(screen->panel);
  cr_free_aligned(screen->norm);
  *screen = (cr_screen){0};
}

// ---- the plan of a code -----------------------------------------------------------

static bool has_missing(const cr_points* points, size_t j) {
  for (size_t i = 0; i < points->n; i++) {
    const double x = points->number[i * points->n_numbers + j];
    if (x != x) return true;
  }
  return false;
}

// Entries for the levels of column k, or for the most frequent ones: sorting counts
// turned around keeps the lower level first among equals.
static size_t plan_levels(const cr_points* points, size_t k, size_t n_levels, size_t next,
                          int32_t* entry, uint64_t* key, uint32_t* level,
                          uint64_t* key_scratch, uint32_t* level_scratch) {
  for (size_t l = 0; l < n_levels; l++) {
    key[l] = points->n;
    level[l] = (uint32_t)l;
    entry[l] = -1;
  }
  for (size_t i = 0; i < points->n; i++) key[points->level[i * points->n_levels + k]]--;
  cr_sort_pairs(key, level, key_scratch, level_scratch, n_levels);
  for (size_t l = 0; l < n_levels && l < CR_SCREEN_LEVELS; l++) {
    if (key[l] < points->n) entry[level[l]] = (int32_t)next++;
  }
  return next;
}

static cr_status plan(cr_screen* screen, const cr_frame* frame, const cr_points* base,
                      cr_error* err) {
  cr_status status = CR_OK;
  const cr_space* space = screen->space;
  size_t total = 0, most = 1;
  for (size_t k = 0; k < space->n_levels; k++) {
    const size_t n =
        (size_t)frame->column[space->column[space->n_numbers + k]].n_levels + 1;
    total += n;
    if (n > most) most = n;
  }
  screen->missing = cr_alloc(space->n_numbers, sizeof *screen->missing);
  screen->level_start = cr_alloc(space->n_levels + 1, sizeof *screen->level_start);
  screen->level_entry = cr_alloc(total, sizeof *screen->level_entry);
  uint64_t* key = cr_alloc(most, 2 * sizeof *key);
  uint32_t* level = cr_alloc(most, 2 * sizeof *level);
  if (screen->missing == NULL || screen->level_start == NULL ||
      screen->level_entry == NULL || key == NULL || level == NULL) {
    status = cr_fail(err, CR_ENOMEM, "memory", "no memory for %zu levels", total);
    goto done;
  }
  size_t next = space->n_numbers;
  for (size_t j = 0; j < space->n_numbers; j++) {
    screen->missing[j] = has_missing(base, j) ? (int32_t)next++ : -1;
  }
  screen->level_start[0] = 0;
  for (size_t k = 0; k < space->n_levels; k++) {
    const size_t n =
        (size_t)frame->column[space->column[space->n_numbers + k]].n_levels + 1;
    const size_t start = (size_t)screen->level_start[k];
    screen->level_start[k + 1] = (int32_t)(start + n);
    next = plan_levels(base, k, n, next, screen->level_entry + start, key, level,
                       key + most, level + most);
  }
  screen->n_entries = next + next % 2;

done:
  cr_free(level);
  cr_free(key);
  return status;
}

// The largest power of two for which no norm passes NORM_MAX. Only the numbers round.
static cr_status choose_scale(cr_screen* screen, cr_error* err) {
  enum { LARGEST = 2048 };  // clamped entries stay below 2^15
  const size_t n = screen->n_entries;
  if (n > NORM_MAX / (CR_SCREEN_CLAMP * CR_SCREEN_CLAMP)) {
    return cr_fail(err, CR_ELIMIT, "columns", "%zu columns are too many to compare", n);
  }
  int64_t scale = LARGEST;
  while ((int64_t)n * CR_SCREEN_CLAMP * CR_SCREEN_CLAMP * scale * scale > NORM_MAX) {
    scale /= 2;
  }
  screen->scale = (int32_t)scale;
  const double half = sqrt(screen->space->mismatch / 2.0);
  const double top = half < CR_SCREEN_CLAMP ? half : CR_SCREEN_CLAMP;
  screen->mismatch = (int32_t)(top * (double)scale);
  screen->slack = sqrt((double)screen->space->n_numbers);
  return CR_OK;
}

// ---- codes -----------------------------------------------------------------------

static int16_t code_number(const cr_screen* screen, size_t j, double x) {
  const double z = (x - screen->space->centre[j]) * screen->space->gain[j];
  if (!(z > -CR_SCREEN_CLAMP)) return (int16_t)(-CR_SCREEN_CLAMP * screen->scale);
  if (!(z < CR_SCREEN_CLAMP)) return (int16_t)(CR_SCREEN_CLAMP * screen->scale);
  return (int16_t)nearbyint(z * screen->scale);
}

int32_t cr_screen_code(const cr_screen* screen, const cr_points* points, size_t i,
                       int16_t* code) {
  memset(code, 0, screen->n_entries * sizeof *code);
  for (size_t j = 0; j < points->n_numbers; j++) {
    const double x = points->number[i * points->n_numbers + j];
    if (x == x) {
      code[j] = code_number(screen, j, x);
    } else if (screen->missing[j] >= 0) {
      code[screen->missing[j]] = (int16_t)screen->scale;
    }
  }
  for (size_t k = 0; k < points->n_levels; k++) {
    const int32_t* entry = screen->level_entry + screen->level_start[k];
    const int32_t at = entry[points->level[i * points->n_levels + k]];
    if (at >= 0) code[at] = (int16_t)screen->mismatch;
  }
  int32_t norm = 0;
  for (size_t e = 0; e < screen->n_entries; e++) norm += code[e] * code[e];
  return norm;
}

typedef struct {
  cr_screen* screen;
  const cr_points* base;
  int16_t* scratch;  // a code for each worker
} coding;

static void code_panel(size_t panel, int worker, void* data) {
  const coding* work = data;
  cr_screen* screen = work->screen;
  const size_t n = screen->n_entries;
  int16_t* code = work->scratch + (size_t)worker * n;
  int16_t* out = screen->panel + panel * n * CR_SCREEN_LANES;
  for (size_t lane = 0; lane < CR_SCREEN_LANES; lane++) {
    const size_t i = panel * CR_SCREEN_LANES + lane;
    screen->norm[i] = INT32_MAX;
    memset(code, 0, n * sizeof *code);
    if (i < screen->n) screen->norm[i] = cr_screen_code(screen, work->base, i, code);
    for (size_t e = 0; e < n; e++) {
      out[(e / 2 * CR_SCREEN_LANES + lane) * 2 + e % 2] = code[e];
    }
  }
}

cr_status cr_screen_build(const cr_space* space, const cr_frame* frame,
                          const cr_points* base, const cr_run* run, cr_screen* screen,
                          cr_error* err) {
  cr_status status = CR_OK;
  coding work = {screen, base, NULL};
  screen->space = space;
  screen->n = base->n;
  screen->n_panels = (base->n + CR_SCREEN_LANES - 1) / CR_SCREEN_LANES;
  CR_TRY(plan(screen, frame, base, err));
  CR_TRY(choose_scale(screen, err));

  size_t entries = 0;
  const size_t padded = screen->n_panels * CR_SCREEN_LANES;
  if (cr_size_mul(padded, screen->n_entries, &entries)) {
    screen->panel = cr_alloc_aligned(entries, sizeof *screen->panel);
    screen->norm = cr_alloc_aligned(padded, sizeof *screen->norm);
    work.scratch =
        cr_alloc((size_t)cr_team_threads(run) * screen->n_entries, sizeof *work.scratch);
  }
  if (screen->panel == NULL || screen->norm == NULL || work.scratch == NULL) {
    status = cr_fail(err, CR_ENOMEM, "memory", "no memory to code %zu points", base->n);
    goto done;
  }
  CR_TRY(cr_team_for(run, screen->n_panels, code_panel, &work, err));

done:
  cr_free(work.scratch);
  return status;
}

// ---- passing -----------------------------------------------------------------------

int32_t cr_screen_limit(const cr_screen* screen, double square, int32_t norm) {
  // the margin covers the roundings of the distance itself, far below 1e-9
  const double reach = sqrt(square) * screen->scale * (1.0 + 1e-9) + screen->slack;
  const double limit = reach * reach - norm + 1.0;
  return limit < INT32_MAX ? (int32_t)ceil(limit) : INT32_MAX;
}

static void pass_portable(const int16_t* panel, const int32_t* norm, size_t n_pairs,
                          const int16_t* code, size_t n, const int32_t* limit,
                          uint32_t* mask) {
  for (size_t q = 0; q < n; q++) {
    const int16_t* mine = code + q * n_pairs * 2;
    int32_t product[CR_SCREEN_LANES] = {0};
    for (size_t e = 0; e < n_pairs; e++) {
      const int16_t* pair = panel + e * CR_SCREEN_LANES * 2;
      const int32_t first = mine[2 * e], second = mine[2 * e + 1];
      for (size_t l = 0; l < CR_SCREEN_LANES; l++) {
        product[l] += pair[2 * l] * first + pair[2 * l + 1] * second;
      }
    }
    mask[q] = 0;
    for (size_t l = 0; l < CR_SCREEN_LANES; l++) {
      mask[q] |= (uint32_t)(norm[l] - 2 * product[l] < limit[q]) << l;
    }
  }
}

#if defined(__x86_64__) && defined(__GNUC__)
CR_AVX2 static __m256i load_pair(const int16_t* from) {
  return _mm256_load_si256((const __m256i*)(const void*)from);
}

CR_AVX2 static __m256i repeat_pair(const int16_t* from) {
  int32_t pair;
  memcpy(&pair, from, sizeof pair);
  return _mm256_set1_epi32(pair);
}

CR_AVX2 static uint32_t below(__m256i product, const int32_t* norm, __m256i limit) {
  const __m256i twice = _mm256_slli_epi32(product, 1);
  const __m256i n = _mm256_load_si256((const __m256i*)(const void*)norm);
  const __m256i passes = _mm256_cmpgt_epi32(limit, _mm256_sub_epi32(n, twice));
  return (uint32_t)_mm256_movemask_ps(_mm256_castsi256_ps(passes));
}

// Six queries by sixteen points: their twelve sums stay in registers.
CR_AVX2 static void pass_avx2(const int16_t* panel, const int32_t* norm, size_t n_pairs,
                              const int16_t* code, const int32_t* limit, uint32_t* mask) {
  __m256i low[CR_SCREEN_QUERIES], high[CR_SCREEN_QUERIES];
  for (int q = 0; q < CR_SCREEN_QUERIES; q++) low[q] = high[q] = _mm256_setzero_si256();
  for (size_t e = 0; e < n_pairs; e++) {
    const __m256i a = load_pair(panel + e * 32), b = load_pair(panel + e * 32 + 16);
    UNROLL
    for (int q = 0; q < CR_SCREEN_QUERIES; q++) {
      const __m256i mine = repeat_pair(code + ((size_t)q * n_pairs + e) * 2);
      low[q] = _mm256_add_epi32(low[q], _mm256_madd_epi16(a, mine));
      high[q] = _mm256_add_epi32(high[q], _mm256_madd_epi16(b, mine));
    }
  }
  UNROLL
  for (int q = 0; q < CR_SCREEN_QUERIES; q++) {
    const __m256i most = _mm256_set1_epi32(limit[q]);
    mask[q] = below(low[q], norm, most) | below(high[q], norm + 8, most) << 8;
  }
}
#else
static void pass_avx2(const int16_t* panel, const int32_t* norm, size_t n_pairs,
                      const int16_t* code, const int32_t* limit, uint32_t* mask) {
  pass_portable(panel, norm, n_pairs, code, CR_SCREEN_QUERIES, limit, mask);
}
#endif

void cr_screen_pass(const cr_screen* screen, size_t panel, const int16_t* code, size_t n,
                    const int32_t* limit, cr_simd simd, uint32_t* mask) {
  const int16_t* points = screen->panel + panel * screen->n_entries * CR_SCREEN_LANES;
  const int32_t* norm = screen->norm + panel * CR_SCREEN_LANES;
  const size_t n_pairs = screen->n_entries / 2;
  if (n == CR_SCREEN_QUERIES && cr_simd_avx2(simd)) {
    pass_avx2(points, norm, n_pairs, code, limit, mask);
  } else {
    pass_portable(points, norm, n_pairs, code, n, limit, mask);
  }
}
