#include "tree/fit.h"

static void lower(_Atomic int64_t* least, int64_t value) {
  int64_t seen = atomic_load(least);
  while (value < seen && !atomic_compare_exchange_weak(least, &seen, value)) {
  }
}

static void raise_to(_Atomic int64_t* most, int64_t value) {
  int64_t seen = atomic_load(most);
  while (value > seen && !atomic_compare_exchange_weak(most, &seen, value)) {
  }
}

void cr_fit_add_sums(cr_fit* fit, const cr_loss_sums* sums) {
  cr_fit_add(&fit->sum_absolute, sums->absolute);
  cr_fit_add(&fit->sum_hessian, sums->hessian);
  lower(&fit->lowest, sums->lowest);
  raise_to(&fit->highest, sums->highest);
}

void cr_fit_clear_sums(cr_fit* fit) {
  atomic_store(&fit->sum_absolute, 0);
  atomic_store(&fit->sum_hessian, 0);
  atomic_store(&fit->lowest, INT64_MAX);
  atomic_store(&fit->highest, 0);
  for (int s = 0; s < 2; s++) atomic_store(&fit->held[s].loss, 0);
}
