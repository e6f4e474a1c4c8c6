// The linker calls this in place of pthread_create() (--wrap), so that tests can run
// out of threads.

#include <errno.h>
#include <pthread.h>
#include <stdatomic.h>

#include "check.h"

static atomic_int left = -1;

void check_limit_threads(int started) { atomic_store(&left, started); }

typedef void* (*thread_start)(void* argument);
int __real_pthread_create(pthread_t* thread, const pthread_attr_t* options,
                          thread_start start, void* argument);
int __wrap_pthread_create(pthread_t* thread, const pthread_attr_t* options,
                          thread_start start, void* argument);

int __wrap_pthread_create(pthread_t* thread, const pthread_attr_t* options,
                          thread_start start, void* argument) {
  if (atomic_load(&left) == 0) return EAGAIN;
  if (atomic_load(&left) > 0) atomic_fetch_sub(&left, 1);
  return __real_pthread_create(thread, options, start, argument);
}
