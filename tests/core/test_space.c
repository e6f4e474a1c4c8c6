#include "near/space.h"

#include "check.h"
#include "near_scene.h"

static const cr_run alone = {.threads = 1};

static double distance(const cr_frame* frame, const cr_space* space, size_t i, size_t j) {
  cr_points points = {0};
  CHECK(cr_points_take(space, frame, NULL, frame->n_rows, &alone, &points, NULL) ==
        CR_OK);
  const double there = cr_space_distance(space, &points, i, &points, j);
  CHECK(there == cr_space_distance(space, &points, j, &points, i));
  cr_points_free(&points);
  return there;
}

// Two numbers with deviation 2 and 1 (mean 2, 0), a level; missing in the last row
static const double x[] = {0, 2, 4, NAN};
static const double y[] = {-1, 1, 0, NAN};
static const int32_t level[] = {1, 2, 1, CR_MISSING_INT};

static void check_known_answers(void) {
  const cr_column column[] = {{CR_COLUMN_DOUBLE, x, NULL, 0},
                              {CR_COLUMN_LEVEL, NULL, level, 2},
                              {CR_COLUMN_DOUBLE, y, NULL, 0}};
  const cr_frame frame = {4, 3, column};
  const uint32_t minority[] = {0, 2};
  cr_space space = {0};
  CHECK(cr_space_learn(&frame, minority, 2, &alone, &space, NULL) == CR_OK);
  CHECK(space.n_numbers == 2 && space.n_levels == 1);
  CHECK(space.column[0] == 0 && space.column[1] == 2 && space.column[2] == 1);
  CHECK(space.centre[0] == 2.0 && space.centre[1] == 0.0);
  CHECK(space.gain[0] == 0.5 && space.gain[1] == 1.0);
  // deviations among the minority: sqrt(8) / 2 and sqrt(1 / 2), the median their mean
  const double median = (sqrt(2.0) + sqrt(0.5)) / 2.0;
  CHECK_NEAR(space.mismatch, median * median, 1e-15);
  CHECK_NEAR(distance(&frame, &space, 0, 1), 1.0 + 4.0 + space.mismatch, 1e-15);
  CHECK(distance(&frame, &space, 0, 2) == 4.0 + 1.0);
  // against a missing row: from the means, 1 for each number, and the level differs
  CHECK_NEAR(distance(&frame, &space, 0, 3), (1.0 + 1.0) + (1.0 + 1.0) + space.mismatch,
             1e-15);
  CHECK(distance(&frame, &space, 3, 3) == 0.0);
  cr_space_free(&space);
}

static void check_no_spread(void) {
  const double same[] = {5.1, 5.1, 5.1, NAN};
  const int32_t some[] = {1, 2, 1, 1};
  const cr_column column[] = {{CR_COLUMN_DOUBLE, same, NULL, 0},
                              {CR_COLUMN_LEVEL, NULL, some, 2}};
  for (size_t p = 1; p <= 2; p++) {  // levels alone, then with a constant number
    const cr_frame frame = {4, p, p == 1 ? column + 1 : column};
    cr_space space = {0};
    CHECK(cr_space_learn(&frame, NULL, 4, &alone, &space, NULL) == CR_OK);
    CHECK(space.mismatch == 1.0);
    CHECK(distance(&frame, &space, 0, 1) == 1.0);
    CHECK(distance(&frame, &space, 0, 2) == 0.0);
    CHECK(distance(&frame, &space, 0, 3) == (p == 1 ? 0.0 : 1.0));
    cr_space_free(&space);
  }
}

// Neither sums nor squares overflow
static void check_large_numbers(void) {
  const double huge[] = {1e308, -1e308, 5e307, 0};
  const cr_column column[] = {{CR_COLUMN_DOUBLE, huge, NULL, 0}};
  const cr_frame frame = {4, 1, column};
  cr_space space = {0};
  CHECK(cr_space_learn(&frame, NULL, 4, &alone, &space, NULL) == CR_OK);
  CHECK(space.gain[0] > 0.0 && isfinite(space.centre[0]));
  CHECK(isfinite(distance(&frame, &space, 2, 3)));
  cr_space_free(&space);
}

void test_space(void) {
  static near_scene scene;
  check_known_answers();
  check_no_spread();
  check_large_numbers();

  fill_scene(&scene, 3);
  cr_space one = {0}, three = {0};
  const cr_run team = {.threads = 3};
  CHECK(cr_space_learn(&scene.frame, NULL, 100, &alone, &one, NULL) == CR_OK);
  CHECK(cr_space_learn(&scene.frame, NULL, 100, &team, &three, NULL) == CR_OK);
  CHECK(memcmp(one.gain, three.gain, one.n_numbers * sizeof *one.gain) == 0);
  CHECK(one.mismatch == three.mismatch);
  CHECK(one.gain[5] == 0.0);  // the constant, whose gaps count all the same
  cr_space_free(&three);

  cr_points points = {0};
  CHECK_ALLOCATIONS(
      (points = (cr_points){0}, cr_points_take(&one, &scene.frame, NULL, SCENE_ROWS,
                                               &alone, &points, NULL) == CR_OK
                                    ? CR_OK
                                    : (cr_points_free(&points), CR_ENOMEM)),
      cr_points_free(&points));
  cr_space_free(&one);
  CHECK_ALLOCATIONS((one = (cr_space){0},
                     cr_space_learn(&scene.frame, NULL, 9, &alone, &one, NULL) == CR_OK
                         ? CR_OK
                         : (cr_space_free(&one), CR_ENOMEM)),
                    cr_space_free(&one));
}
