#include "near/screen.h"

#include "base/mem.h"
#include "check.h"
#include "near_scene.h"

static near_scene scene;

// No pair is nearer than its codes say
static void check_bound(const cr_space* space, const cr_points* points,
                        const cr_screen* screen) {
  int16_t a[256], b[256];
  bool holds = true;
  for (size_t i = 0; i < SCENE_ROWS; i += 3) {
    const int32_t norm = cr_screen_code(screen, points, i, a);
    for (size_t j = 0; j < SCENE_ROWS; j++) {
      const int32_t other = cr_screen_code(screen, points, j, b);
      int32_t product = 0;
      for (size_t e = 0; e < screen->n_entries; e++) product += a[e] * b[e];
      const double square = cr_space_distance(space, points, i, points, j);
      const int32_t seen = other - 2 * product;
      holds = holds && seen < cr_screen_limit(screen, square, norm);
      holds = holds &&
              sqrt((double)seen + norm) <= sqrt(square) * screen->scale + screen->slack;
    }
  }
  CHECK(holds);
}

// The instructions in use change no bit, and padding never passes
static void check_variants(const cr_points* points, const cr_screen* screen) {
  int16_t code[CR_SCREEN_QUERIES * 256];
  int32_t limit[CR_SCREEN_QUERIES];
  for (size_t q = 0; q < CR_SCREEN_QUERIES; q++) {
    const int32_t norm =
        cr_screen_code(screen, points, 31 * q, code + q * screen->n_entries);
    limit[q] = q == 0 ? INT32_MAX : cr_screen_limit(screen, (double)q, norm);
  }
  bool same = true;
  uint32_t best[CR_SCREEN_QUERIES], plain[CR_SCREEN_QUERIES], all = 0;
  for (size_t panel = 0; panel < screen->n_panels; panel++) {
    cr_screen_pass(screen, panel, code, CR_SCREEN_QUERIES, limit, CR_SIMD_BEST, best);
    cr_screen_pass(screen, panel, code, CR_SCREEN_QUERIES, limit, CR_SIMD_PORTABLE,
                   plain);
    same = same && memcmp(best, plain, sizeof best) == 0;
    all = best[0];
  }
  CHECK(same);
  CHECK(all == (1U << SCENE_ROWS % CR_SCREEN_LANES) - 1);  // of the last panel
}

void test_screen(void) {
  const cr_run run = {.threads = 2};
  fill_scene(&scene, 5);
  cr_space space = {0};
  cr_points points = {0};
  cr_screen screen = {0};
  CHECK(cr_space_learn(&scene.frame, NULL, 200, &run, &space, NULL) == CR_OK);
  CHECK(cr_points_take(&space, &scene.frame, NULL, SCENE_ROWS, &run, &points, NULL) ==
        CR_OK);
  CHECK(cr_screen_build(&space, &scene.frame, &points, &run, &screen, NULL) == CR_OK);
  // 6 numbers, 3 of them with gaps, 5 levels with missing, 32 of 50: 46
  CHECK(screen.n_entries == 46 && screen.n_panels == 44);
  CHECK(screen.missing[0] == -1 && screen.missing[3] == 6);
  check_bound(&space, &points, &screen);
  check_variants(&points, &screen);
  CHECK(cr_screen_limit(&screen, INFINITY, 5) == INT32_MAX);
  cr_screen_free(&screen);

  const cr_run alone = {.threads = 1};
  CHECK_ALLOCATIONS(
      (screen = (cr_screen){0},
       cr_screen_build(&space, &scene.frame, &points, &alone, &screen, NULL) == CR_OK
           ? CR_OK
           : (cr_screen_free(&screen), CR_ENOMEM)),
      cr_screen_free(&screen));
  cr_points_free(&points);
  cr_space_free(&space);
}
