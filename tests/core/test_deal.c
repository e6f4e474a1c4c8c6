#include "net/deal.h"

#include "base/mem.h"
#include "check.h"

enum { N = 900, OWN = 600 };

typedef struct {
  int32_t event[N], first[N], second[N];
  cr_mlp_data data;
} scene;

// The first rows are of the data, a fifth of them events; the others lie between two.
static void set_up(scene* s) {
  for (int32_t i = 0; i < N; i++) {
    s->event[i] = i % 5 == 0 || i >= OWN;
    s->first[i] = i < OWN ? i : (i * 35) % OWN;
    s->second[i] = i < OWN ? i : (i * 55 + 5) % OWN;
  }
  s->second[OWN] = -1;
  s->first[OWN + 1] = s->second[OWN + 1] = -1;
  s->data = (cr_mlp_data){.event = s->event, .origin = {s->first, s->second}};
}

// 0: in neither part, 1: to learn from, 2: held out; -1 when a row was dealt twice
static void parts_of(const cr_dealt* dealt, int* part) {
  for (size_t i = 0; i < N; i++) part[i] = 0;
  for (size_t i = 0; i < dealt->n_learn; i++) {
    part[dealt->learn[i]] = part[dealt->learn[i]] == 0 ? 1 : -1;
  }
  for (size_t i = 0; i < dealt->n_held; i++) {
    part[dealt->held[i]] = part[dealt->held[i]] == 0 ? 2 : -1;
  }
}

static void rows_of_the_data_are_dealt_by_outcome(void) {
  static scene s;
  set_up(&s);
  const cr_mlp_data plain = {.event = s.event};
  cr_dealt dealt = {0}, again = {0}, other = {0};
  CHECK(cr_deal_rows(&plain, N, 0.2, 3, 1, &dealt, NULL) == CR_OK);
  CHECK(cr_deal_rows(&plain, N, 0.2, 3, 1, &again, NULL) == CR_OK);
  CHECK(cr_deal_rows(&plain, N, 0.2, 3, 2, &other, NULL) == CR_OK);
  CHECK(dealt.n_learn + dealt.n_held == N);
  CHECK(memcmp(dealt.held, again.held, dealt.n_held * sizeof *dealt.held) == 0);
  CHECK(memcmp(dealt.held, other.held, dealt.n_held * sizeof *dealt.held) != 0);
  size_t held[2] = {0, 0}, all[2] = {0, 0};
  int part[N];
  parts_of(&dealt, part);
  bool once = true;
  for (size_t i = 0; i < N; i++) {
    once = once && part[i] > 0;
    all[s.event[i]]++;
    held[s.event[i]] += part[i] == 2;
  }
  CHECK(once);
  for (int e = 0; e <= 1; e++) CHECK(held[e] == (size_t)(0.2 * (double)all[e]));
  cr_deal_free(&dealt);
  cr_deal_free(&again);
  cr_deal_free(&other);

  int32_t few[3] = {0, 0, 1};
  const cr_mlp_data small = {.event = few};
  CHECK(cr_deal_rows(&small, 3, 0.1, 3, 1, &dealt, NULL) == CR_OK);
  CHECK(dealt.n_held == 1 && few[dealt.held[0]] == 0 && dealt.n_learn == 2);
  cr_deal_free(&dealt);
}

static void relatives_of_held_rows_are_in_no_part(void) {
  static scene s;
  set_up(&s);
  cr_dealt dealt = {0};
  int part[N];
  CHECK(cr_deal_rows(&s.data, N, 0.3, 4, 0, &dealt, NULL) == CR_OK);
  parts_of(&dealt, part);
  size_t left_out = 0, learned = 0;
  bool right = true;
  for (size_t i = 0; i < N; i++) {
    if (i < OWN) {
      right = right && part[i] > 0;
      continue;
    }
    const bool related = (s.first[i] >= 0 && part[s.first[i]] == 2) ||
                         (s.second[i] >= 0 && part[s.second[i]] == 2);
    right = right && part[i] == (related ? 0 : 1);
    left_out += related;
    learned += !related;
  }
  CHECK(right);
  CHECK(left_out > 0 && learned > 0);
  CHECK(part[OWN + 1] == 1);  // no parent is there

  // made rows change nothing about which rows of the data are held out
  const cr_mlp_data given = {.event = s.event};
  cr_dealt alone = {0};
  CHECK(cr_deal_rows(&given, OWN, 0.3, 4, 0, &alone, NULL) == CR_OK);
  CHECK(alone.n_held == dealt.n_held);
  CHECK(memcmp(alone.held, dealt.held, alone.n_held * sizeof *alone.held) == 0);
  cr_deal_free(&alone);
  cr_deal_free(&dealt);
}

void test_deal(void) {
  rows_of_the_data_are_dealt_by_outcome();
  relatives_of_held_rows_are_in_no_part();
  static scene s;
  set_up(&s);
  for (long k = 1; k <= 5; k++) {
    cr_dealt dealt = {0};
    const long live = check_live_blocks();
    check_fail_alloc(k);
    CHECK(cr_deal_rows(&s.data, N, 0.3, 4, 0, &dealt, NULL) == CR_ENOMEM);
    CHECK(check_alloc_struck());
    check_fail_alloc(0);
    cr_deal_free(&dealt);
    CHECK(check_live_blocks() == live);
  }
}
