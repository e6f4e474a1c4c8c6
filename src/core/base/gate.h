#ifndef LCRISK_BASE_GATE_H
#define LCRISK_BASE_GATE_H

#include <pthread.h>
#include <stdatomic.h>

/// Where threads wait for one another: spin a little, then sleep. A futex on Linux,
/// a condition variable elsewhere (and with CR_NO_FUTEX, so that tests reach it).
/// bench/results/barrier.md has the figures.

typedef struct {
  atomic_uint turn;   ///< moves on each time the gate opens
  atomic_int asleep;  ///< threads that sleep, or are about to
  pthread_mutex_t mutex;
  pthread_cond_t wake;
} cr_gate;

void cr_gate_init(cr_gate* gate);
void cr_gate_destroy(cr_gate* gate);

/// The turn that cr_gate_wait() is to outwait; read it before announcing oneself to
/// whoever will open.
unsigned cr_gate_turn(cr_gate* gate);

/// Ends the turn: all who wait for its end go on. All writes before are seen by them.
void cr_gate_open(cr_gate* gate);

/// Returns once `turn` has ended.
void cr_gate_wait(cr_gate* gate, unsigned turn);

#endif
