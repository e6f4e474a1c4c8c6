#ifndef LCRISK_TESTS_NEAR_SCENE_H
#define LCRISK_TESTS_NEAR_SCENE_H

#include "base/rng.h"
#include "data/frame.h"

/// Rows of mixed columns with ties, gaps, outliers and copies, for the tests of near/.
enum { SCENE_ROWS = 700, SCENE_COLUMNS = 8 };

typedef struct {
  double normal[SCENE_ROWS];
  double wide[SCENE_ROWS];      ///< far outliers: beyond the clamp
  double gaps[SCENE_ROWS];      ///< a third missing
  double constant[SCENE_ROWS];  ///< one value, some missing
  int32_t grid[SCENE_ROWS];     ///< few whole numbers: ties
  int32_t flag[SCENE_ROWS];     ///< 0, 1 and missing
  int32_t home[SCENE_ROWS];     ///< 4 levels and missing
  int32_t state[SCENE_ROWS];    ///< 50 levels: more than have an entry
  cr_column column[SCENE_COLUMNS];
  cr_frame frame;
} near_scene;

static inline void fill_scene(near_scene* s, uint64_t seed) {
  cr_rng rng = cr_rng_stream(seed, CR_FOR_SIMULATION, 0);
  for (size_t i = 0; i < SCENE_ROWS; i++) {
    const bool copy = i % 10 == 9;  // of the row before
    const size_t o = i - 1;
    s->normal[i] = copy ? s->normal[o] : cr_rng_normal(&rng);
    s->wide[i] =
        copy ? s->wide[o]
             : 1e6 * (cr_rng_below(&rng, 50) == 0 ? 1e3 : 1.0) * cr_rng_unit(&rng);
    s->gaps[i] = copy ? s->gaps[o] : cr_rng_below(&rng, 3) == 0 ? NAN : cr_rng_unit(&rng);
    s->constant[i] = cr_rng_below(&rng, 9) == 0 ? NAN : 7.1;
    if (copy) s->constant[i] = s->constant[o];
    s->grid[i] = copy ? s->grid[o] : (int32_t)cr_rng_below(&rng, 3);
    const uint32_t draw = cr_rng_below(&rng, 5);
    s->flag[i] = copy ? s->flag[o] : draw == 0 ? CR_MISSING_INT : (int32_t)(draw & 1);
    const uint32_t home = cr_rng_below(&rng, 5);
    s->home[i] = copy ? s->home[o] : home == 0 ? CR_MISSING_INT : (int32_t)home;
    s->state[i] = copy ? s->state[o] : 1 + (int32_t)cr_rng_below(&rng, 50);
  }
  const cr_column column[SCENE_COLUMNS] = {
      {CR_COLUMN_LEVEL, NULL, s->home, 4},   {CR_COLUMN_DOUBLE, s->normal, NULL, 0},
      {CR_COLUMN_DOUBLE, s->wide, NULL, 0},  {CR_COLUMN_INTEGER, NULL, s->grid, 0},
      {CR_COLUMN_DOUBLE, s->gaps, NULL, 0},  {CR_COLUMN_INTEGER, NULL, s->flag, 0},
      {CR_COLUMN_LEVEL, NULL, s->state, 50}, {CR_COLUMN_DOUBLE, s->constant, NULL, 0}};
  memcpy(s->column, column, sizeof column);
  s->frame = (cr_frame){SCENE_ROWS, SCENE_COLUMNS, s->column};
}

#endif
