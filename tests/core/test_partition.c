#include "woe/partition.h"

#include "base/rng.h"
#include "check.h"

enum { MOST = 11 };

typedef struct {
  size_t n;
  double event[MOST], other[MOST];
  double total_event, total_other;
} scene;

// Whole counts, so that equal rates are really equal and weights are repeated rows.
static scene draw_scene(uint64_t item) {
  cr_rng rng = cr_rng_stream(11, CR_FOR_SIMULATION, item);
  scene s = {.n = 1 + cr_rng_below(&rng, MOST)};
  for (size_t i = 0; i < s.n; i++) {
    s.event[i] = (double)cr_rng_below(&rng, 12);
    s.other[i] = (double)cr_rng_below(&rng, 40);
    s.total_event += s.event[i];
    s.total_other += s.other[i];
  }
  s.total_event += 1.0 + (double)cr_rng_below(&rng, 5);  // missing rows
  s.total_other += 1.0 + (double)cr_rng_below(&rng, 5);
  return s;
}

// Do the rates of m bins keep the shape? Compared as products, without division.
static bool keeps_shape(const double* e, const double* g, size_t m, cr_shape shape) {
  bool turned = false;
  for (size_t b = 1; b < m; b++) {
    const double rise = e[b] * g[b - 1] - e[b - 1] * g[b];
    const bool first =
        shape == CR_SHAPE_UP || shape == CR_SHAPE_PEAK ? rise >= 0.0 : rise <= 0.0;
    if (shape == CR_SHAPE_FREE || (first && !turned)) continue;
    if (shape == CR_SHAPE_UP || shape == CR_SHAPE_DOWN) return false;
    if (turned && rise != 0.0 && (rise > 0.0) == (shape == CR_SHAPE_PEAK)) return false;
    turned = true;
  }
  return true;
}

// The iv of the partition whose bins begin where `starts` has a bit; -1 when it breaks a
// rule.
static double judge(const scene* s, uint32_t starts, const cr_partition_rules* rules,
                    cr_shape shape, int32_t* n_bins) {
  double e[MOST] = {0.0}, g[MOST] = {0.0};
  size_t m = 0;
  for (size_t i = 0; i < s->n; i++) {
    if (i == 0 || (starts >> i & 1U)) m++;
    e[m - 1] += s->event[i];
    g[m - 1] += s->other[i];
  }
  double iv = 0.0;
  for (size_t b = 0; b < m; b++) {
    if (e[b] + g[b] < rules->min_mass || e[b] < rules->min_class ||
        g[b] < rules->min_class) {
      return -1.0;
    }
    const double p = e[b] / s->total_event, q = g[b] / s->total_other;
    iv += (p - q) * log(p / q);
  }
  *n_bins = (int32_t)m;
  return m <= (size_t)rules->max_bins && keeps_shape(e, g, m, shape) ? iv : -1.0;
}

static double price_of(const scene* s, const cr_partition_rules* rules) {
  return rules->noise * (1.0 / s->total_event + 1.0 / s->total_other);
}

// Every one of the 2^(n - 1) partitions.
static double best_of_all(const scene* s, const cr_partition_rules* rules,
                          cr_shape shape) {
  double best = -INFINITY;
  for (uint32_t starts = 0; starts < 1U << s->n; starts += 2) {
    int32_t m = 0;
    const double iv = judge(s, starts, rules, shape, &m);
    if (iv < 0.0) continue;
    const double worth = iv - price_of(s, rules) * m;
    if (worth > best) best = worth;
  }
  return best;
}

static uint32_t starts_of(const cr_partition* p) {
  uint32_t starts = 0;
  for (int32_t b = 0; b + 1 < p->n_bins; b++) starts |= 1U << p->end[b];
  return starts;
}

static void no_partition_is_better(void) {
  static const cr_shape shapes[] = {CR_SHAPE_FREE,     CR_SHAPE_UP,   CR_SHAPE_DOWN,
                                    CR_SHAPE_MONOTONE, CR_SHAPE_PEAK, CR_SHAPE_VALLEY};
  int none = 0;
  for (uint64_t item = 0; item < 400; item++) {
    const scene s = draw_scene(item);
    const cr_partition_rules plain = {.max_bins = 1 + (int32_t)(item % 6),
                                      .min_mass = (double)(item % 4) * 12.0,
                                      .min_class = 1.0 + (double)(item % 3),
                                      .noise = item % 2 ? 0.0 : 1.5};
    for (size_t k = 0; k < sizeof shapes / sizeof *shapes; k++) {
      cr_partition_rules rules = plain;
      rules.shape = shapes[k];
      cr_partition found = {.n_bins = -1};
      CHECK(cr_partition_find(s.event, s.other, s.n, s.total_event, s.total_other, &rules,
                              &found, NULL) == CR_OK);
      double best = best_of_all(&s, &rules, shapes[k]);
      if (shapes[k] == CR_SHAPE_MONOTONE) {
        CHECK(found.shape == CR_SHAPE_UP || found.shape == CR_SHAPE_DOWN ||
              found.n_bins == 0);
        best = fmax(best_of_all(&s, &rules, CR_SHAPE_UP),
                    best_of_all(&s, &rules, CR_SHAPE_DOWN));
      }
      if (found.n_bins == 0) {
        none++;
        CHECK(best == -INFINITY);
        continue;
      }
      int32_t m = 0;
      const double iv = judge(&s, starts_of(&found), &rules, found.shape, &m);
      CHECK(m == found.n_bins && found.end[m - 1] == (int32_t)s.n);
      CHECK_NEAR(iv, found.iv, 1e-12);
      CHECK_NEAR(iv - price_of(&s, &rules) * m, best, 1e-9);
    }
  }
  CHECK(none > 0);
}

static void known_answers(void) {
  const double event[] = {1, 2, 30, 40}, other[] = {99, 98, 70, 60};
  cr_partition_rules rules = {.shape = CR_SHAPE_UP, .max_bins = 2, .min_class = 1.0};
  cr_partition found = {0};
  CHECK(cr_partition_find(event, other, 4, 73, 327, &rules, &found, NULL) == CR_OK);
  CHECK(found.n_bins == 2 && found.end[0] == 2 && found.end[1] == 4);
  // against the data no cut is left: one bin
  rules.shape = CR_SHAPE_DOWN;
  CHECK(cr_partition_find(event, other, 4, 73, 327, &rules, &found, NULL) == CR_OK);
  CHECK(found.n_bins == 1 && found.end[0] == 4);
  // equal rates are one bin even when bins are free
  const double same[] = {5, 10, 15}, rest[] = {10, 20, 30};
  rules = (cr_partition_rules){.shape = CR_SHAPE_FREE, .max_bins = 3, .min_class = 1.0};
  CHECK(cr_partition_find(same, rest, 3, 30, 60, &rules, &found, NULL) == CR_OK);
  CHECK(found.n_bins == 1);
  // too few events anywhere
  rules.min_class = 31.0;
  CHECK(cr_partition_find(same, rest, 3, 30, 60, &rules, &found, NULL) == CR_OK);
  CHECK(found.n_bins == 0);
  CHECK(cr_partition_find(same, rest, 0, 30, 60, &rules, &found, NULL) == CR_OK);
  CHECK(found.n_bins == 0);
  CHECK(cr_partition_find(same, rest, CR_PARTITION_CANDIDATES + 1, 30, 60, &rules, &found,
                          NULL) == CR_EINPUT);
}

static cr_status find(const scene* s, cr_shape shape) {
  const cr_partition_rules rules = {.shape = shape, .max_bins = 4, .min_class = 1.0};
  cr_partition found;
  return cr_partition_find(s->event, s->other, s->n, s->total_event, s->total_other,
                           &rules, &found, NULL);
}

void test_partition(void) {
  known_answers();
  no_partition_is_better();
  const scene s = draw_scene(3);
  CHECK_ALLOCATIONS(find(&s, CR_SHAPE_PEAK), (void)0);
}
