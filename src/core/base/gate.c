#if defined(__linux__) && !defined(_GNU_SOURCE)
#define _GNU_SOURCE  // syscall
#endif

#include "base/gate.h"

#include <limits.h>
#include <stdbool.h>

#if defined(__linux__) && !defined(CR_NO_FUTEX)
#define FUTEX 1
#include <linux/futex.h>
#include <sys/syscall.h>
#include <unistd.h>
#else
#define FUTEX 0
#endif

enum { SPINS = 2000 };

static void pause_cpu(void) {
#if defined(__x86_64__) || defined(__i386__)
  __builtin_ia32_pause();
#elif defined(__aarch64__)
  __asm__ __volatile__("yield");
#endif
}

static bool ended(cr_gate* gate, unsigned turn) {
  return atomic_load(&gate->turn) != turn;
}

unsigned cr_gate_turn(cr_gate* gate) { return atomic_load(&gate->turn); }

// A sleeper counts itself before it looks at the turn, and the opener moves the turn
// before it looks at the count: one of the two sees the other.

#if FUTEX

void cr_gate_init(cr_gate* gate) {
  atomic_init(&gate->turn, 0);
  atomic_init(&gate->asleep, 0);
}

void cr_gate_destroy(cr_gate* gate) { (void)gate; }

static void wake_all(cr_gate* gate) {
  (void)syscall(SYS_futex, &gate->turn, FUTEX_WAKE_PRIVATE, INT_MAX, NULL, NULL, 0);
}

// The kernel looks at the turn once more and returns at once when it has moved.
static void sleep_once(cr_gate* gate, unsigned turn) {
  (void)syscall(SYS_futex, &gate->turn, FUTEX_WAIT_PRIVATE, turn, NULL, NULL, 0);
}

#else

void cr_gate_init(cr_gate* gate) {
  atomic_init(&gate->turn, 0);
  atomic_init(&gate->asleep, 0);
  pthread_mutex_init(&gate->mutex, NULL);
  pthread_cond_init(&gate->wake, NULL);
}

void cr_gate_destroy(cr_gate* gate) {
  pthread_cond_destroy(&gate->wake);
  pthread_mutex_destroy(&gate->mutex);
}

static void wake_all(cr_gate* gate) {
  pthread_mutex_lock(&gate->mutex);
  pthread_cond_broadcast(&gate->wake);
  pthread_mutex_unlock(&gate->mutex);
}

static void sleep_once(cr_gate* gate, unsigned turn) {
  pthread_mutex_lock(&gate->mutex);
  if (!ended(gate, turn)) pthread_cond_wait(&gate->wake, &gate->mutex);
  pthread_mutex_unlock(&gate->mutex);
}

#endif

void cr_gate_open(cr_gate* gate) {
  atomic_fetch_add(&gate->turn, 1);
  if (atomic_load(&gate->asleep) > 0) wake_all(gate);
}

void cr_gate_wait(cr_gate* gate, unsigned turn) {
  for (int i = 0; i < SPINS; i++) {
    if (ended(gate, turn)) return;
    pause_cpu();
  }
  atomic_fetch_add(&gate->asleep, 1);
  while (!ended(gate, turn)) sleep_once(gate, turn);
  atomic_fetch_sub(&gate->asleep, 1);
}
