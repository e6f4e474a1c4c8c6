#include "net/deal.h"

#include <stdbool.h>

#include "base/mem.h"
#include "base/rng.h"

#include "base/exact.h"

static bool is_made(const cr_mlp_data* data, size_t i) {
  return data->origin[0] != NULL &&
         (data->origin[0][i] != (int32_t)i || data->origin[1][i] != (int32_t)i);
}

// The rows of the data of one outcome, dealt into both parts; those held out are marked
static void deal_outcome(const cr_mlp_data* data, size_t n, int32_t event, double share,
                         cr_rng rng, uint32_t* order, uint32_t* member, bool* is_held,
                         cr_dealt* dealt) {
  uint32_t count = 0;
  for (size_t i = 0; i < n; i++) {
    if (data->event[i] == event && !is_made(data, i)) member[count++] = (uint32_t)i;
  }
  cr_rng_shuffle(&rng, order, count);
  uint32_t held = (uint32_t)(share * count);
  if (held == 0 && count > 1) held = 1;
  for (uint32_t i = 0; i < count; i++) {
    const uint32_t row = member[order[i]];
    if (i < held) {
      dealt->held[dealt->n_held++] = row;
      is_held[row] = true;
    } else {
      dealt->learn[dealt->n_learn++] = row;
    }
  }
}

// Made rows without a held-out parent are learned from.
static void add_made(const cr_mlp_data* data, size_t n, const bool* is_held,
                     cr_dealt* dealt) {
  for (size_t i = 0; i < n; i++) {
    if (!is_made(data, i)) continue;
    bool related = false;
    for (int p = 0; p < 2; p++) {
      const int32_t parent = data->origin[p][i];
      related = related || (parent >= 0 && is_held[parent]);
    }
    if (!related) dealt->learn[dealt->n_learn++] = (uint32_t)i;
  }
}

cr_status cr_deal_rows(const cr_mlp_data* data, size_t n, double share, uint64_t seed,
                       size_t net, cr_dealt* dealt, cr_error* err) {
  cr_status status = CR_OK;
  uint32_t* order = cr_alloc(n, sizeof *order);
  uint32_t* member = cr_alloc(n, sizeof *member);
  bool* is_held = cr_alloc_zero(n, sizeof *is_held);
  dealt->learn = cr_alloc(n, sizeof *dealt->learn);
  dealt->held = cr_alloc(n, sizeof *dealt->held);
  if (order == NULL || member == NULL || is_held == NULL || dealt->learn == NULL ||
      dealt->held == NULL) {
    status = cr_fail(err, CR_ENOMEM, "memory", "no memory to deal %zu rows", n);
    goto done;
  }
  for (int32_t event = 0; event <= 1; event++) {
    const cr_rng rng =
        cr_rng_stream(seed, CR_FOR_HOLDOUT, 2 * (uint64_t)net + (uint64_t)event);
    deal_outcome(data, n, event, share, rng, order, member, is_held, dealt);
  }
  add_made(data, n, is_held, dealt);

done:
  cr_free(is_held);
  cr_free(member);
  cr_free(order);
  return status;
}

void cr_deal_free(cr_dealt* dealt) {
  cr_free(dealt->learn);
  cr_free(dealt->held);
  *dealt = (cr_dealt){0};
}
