#ifndef LCRISK_TESTS_CHECK_H
#define LCRISK_TESTS_CHECK_H

#include <math.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

/// The whole test harness. A test file defines `void test_<module>(void)`, and
/// tests.inc has a line TEST(<module>) for it.
#define TEST(module) void test_##module(void);
#include "tests.inc"
#undef TEST

/// Counts a pass or prints where and what failed; goes on either way.
#define CHECK(condition) check_that((condition), #condition, __FILE__, __LINE__)

/// Both numbers agree to an absolute difference of `tolerance`; NaN never does.
#define CHECK_NEAR(a, b, tolerance) \
  check_near((a), (b), (tolerance), #a " ~ " #b, __FILE__, __LINE__)

void check_that(bool passed, const char* what, const char* file, int line);
void check_near(double a, double b, double tolerance, const char* what, const char* file,
                int line);

/// The test program links mem_failing.c instead of mem.c. After this call the
/// `k`-th allocation from now (1-based) fails, once; 0 switches that off. It is
/// also off again after it has struck.
void check_fail_alloc(long k);

/// True when the armed failure has struck since check_fail_alloc().
bool check_alloc_struck(void);

/// After this call `started` more threads can be made, then none (the linker puts
/// thread_failing.c in the way of pthread_create); -1 lifts the limit.
void check_limit_threads(int started);

/// After this call the `k`-th write(), fsync(), close() or rename() from now (1-based)
/// fails, once, with `error` as its reason; 0 switches that off.
void check_fail_file(long k, int error);
bool check_file_struck(void);

/// Blocks allocated and not yet freed.
long check_live_blocks(void);

/// Fails every allocation of `call` in turn: k = 1, 2, ... until it succeeds
/// without a strike. `call` is an expression of type cr_status that leaves nothing
/// allocated on failure; `cleanup` frees what a success allocated.
#define CHECK_ALLOCATIONS(call, cleanup)         \
  do {                                           \
    for (long k_ = 1;; k_++) {                   \
      const long live_ = check_live_blocks();    \
      check_fail_alloc(k_);                      \
      const cr_status status_ = (call);          \
      const bool struck_ = check_alloc_struck(); \
      check_fail_alloc(0);                       \
      if (!struck_) {                            \
        CHECK(status_ == CR_OK);                 \
        cleanup;                                 \
        CHECK(check_live_blocks() == live_);     \
        break;                                   \
      }                                          \
      CHECK(status_ == CR_ENOMEM);               \
      CHECK(check_live_blocks() == live_);       \
    }                                            \
  } while (0)

#endif
