#include "check.h"

#include <stdlib.h>

static int passed;
static int failed;

void check_that(bool ok, const char* what, const char* file, int line) {
  if (ok) {
    passed++;
    return;
  }
  failed++;
  printf("%s:%d: failed: %s\n", file, line, what);
}

void check_near(double a, double b, double tolerance, const char* what, const char* file,
                int line) {
  const bool ok = fabs(a - b) <= tolerance;
  check_that(ok, what, file, line);
  if (!ok) printf("    %.17g and %.17g differ by %.3g\n", a, b, fabs(a - b));
}

typedef struct {
  const char* name;
  void (*run)(void);
} test;

static const test tests[] = {
#define TEST(module) {#module, test_##module},
#include "tests.inc"
#undef TEST
};

// With arguments: runs only the modules named.
int main(int n_arguments, char** arguments) {
  for (size_t i = 0; i < sizeof tests / sizeof *tests; i++) {
    bool wanted = n_arguments < 2;
    for (int a = 1; a < n_arguments; a++) {
      wanted = wanted || strcmp(arguments[a], tests[i].name) == 0;
    }
    if (!wanted) continue;
    const int before = failed;
    tests[i].run();
    if (failed > before) printf("%s: %d failed\n", tests[i].name, failed - before);
    CHECK(check_live_blocks() == 0);
  }
  printf("%d passed, %d failed, 0 skipped\n", passed, failed);
  return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
