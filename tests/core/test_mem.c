// The test program links a twin of mem.c; here is the real one, under other names.
#define cr_size_mul real_size_mul
#define cr_alloc real_alloc
#define cr_alloc_zero real_alloc_zero
#define cr_alloc_aligned real_alloc_aligned
#define cr_resize real_resize
#define cr_free real_free
#define cr_free_aligned real_free_aligned
#include "../../src/core/base/mem.c"
#undef cr_size_mul
#undef cr_alloc
#undef cr_alloc_zero
#undef cr_alloc_aligned
#undef cr_resize
#undef cr_free
#undef cr_free_aligned

#include "check.h"

void* cr_alloc(size_t count, size_t size);
void* cr_resize(void* array, size_t count, size_t size);
void cr_free(void* array);

static void check_products(void) {
  size_t product = 7;
  CHECK(real_size_mul(0, SIZE_MAX, &product) && product == 0);
  CHECK(real_size_mul(SIZE_MAX, 0, &product) && product == 0);
  CHECK(real_size_mul(SIZE_MAX, 1, &product) && product == SIZE_MAX);
  CHECK(real_size_mul(SIZE_MAX / 8, 8, &product) && product == SIZE_MAX / 8 * 8);
  product = 7;
  CHECK(!real_size_mul(SIZE_MAX / 8 + 1, 8, &product) && product == 7);
  CHECK(!real_size_mul(SIZE_MAX, 2, &product) && product == 7);
  CHECK(!real_size_mul((size_t)1 << 32, (size_t)1 << 32, &product) && product == 7);
}

// Every byte can be written: the sanitizers watch the bounds.
static void check_usable(void* block, size_t bytes) {
  CHECK(block != NULL);
  if (block != NULL) memset(block, 1, bytes);
}

static void check_real(void) {
  const size_t too_many = SIZE_MAX / 8 + 1;
  CHECK(real_alloc(too_many, 8) == NULL);
  CHECK(real_alloc_zero(too_many, 8) == NULL);
  CHECK(real_alloc_aligned(too_many, 8) == NULL);
  CHECK(real_alloc_aligned(SIZE_MAX - 70, 1) == NULL);

  // nothing wanted is not a failure
  void* none[] = {real_alloc(0, 8), real_alloc_zero(8, 0), real_resize(NULL, 0, 8)};
  for (size_t i = 0; i < sizeof none / sizeof *none; i++) {
    check_usable(none[i], 1);
    real_free(none[i]);
  }

  unsigned char* zeroed = real_alloc_zero(1000, 3);
  bool all_zero = zeroed != NULL;
  for (size_t i = 0; all_zero && i < 3000; i++) all_zero = zeroed[i] == 0;
  CHECK(all_zero);
  real_free(zeroed);

  for (size_t bytes = 0; bytes < 200; bytes++) {
    void* line = real_alloc_aligned(bytes, 1);
    CHECK((uintptr_t)line % 64 == 0);
    check_usable(line, bytes);
    real_free_aligned(line);
  }

  // growing keeps what was there; a refused growth keeps the old array valid
  int* numbers = real_alloc(10, sizeof *numbers);
  CHECK(numbers != NULL);
  for (int i = 0; numbers != NULL && i < 10; i++) numbers[i] = i;
  int* more = real_resize(numbers, 100000, sizeof *more);
  CHECK(more != NULL && more[0] == 0 && more[9] == 9);
  CHECK(real_resize(more, too_many, 8) == NULL);
  CHECK(more != NULL && more[9] == 9);
  int* fewer = real_resize(more, 5, sizeof *fewer);
  CHECK(fewer != NULL && fewer[4] == 4);
  real_free(fewer);

  real_free(NULL);
  real_free_aligned(NULL);
}

// Other tests stand on the twin: it must count and strike as it says.
static void check_twin(void) {
  CHECK(check_live_blocks() == 0);
  check_fail_alloc(2);
  char* first = cr_alloc(1, 1);
  CHECK(first != NULL && !check_alloc_struck() && check_live_blocks() == 1);
  CHECK(cr_resize(first, 2, 1) == NULL && check_alloc_struck());
  CHECK(check_live_blocks() == 1);
  char* third = cr_alloc(1, 1);  // strikes once only
  CHECK(third != NULL && check_live_blocks() == 2);
  cr_free(third);
  cr_free(first);
  cr_free(NULL);
  CHECK(check_live_blocks() == 0);
  check_fail_alloc(0);
}

void test_mem(void) {
  check_products();
  check_real();
  check_twin();
}
