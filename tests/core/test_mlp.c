#include "net/mlp.h"

#include "net/train.h"
#include "net_scene.h"

static const cr_mlp_settings SMALL = {.n_hidden = 2,
                                      .units = {12, 8},
                                      .restarts = 3,
                                      .epochs = 12,
                                      .patience = 4,
                                      .batch = 64,
                                      .rate = 0.01,
                                      .decay = 0.01,
                                      .dropout = 0.1,
                                      .held_out = 0.2,
                                      .scales = {0.3F, 0.7F, 0.5F}};

static cr_status fit(const net_scene* it, const double* weight, const cr_run* run,
                     const cr_mlp_settings* settings, cr_mlp* mlp) {
  const cr_mlp_data data = {.event = it->s.event, .weight = weight};
  return cr_mlp_fit(&it->nodes, &it->s.frame, &data, settings, run, mlp, NULL);
}

static bool same_mlp(const cr_mlp* a, const cr_mlp* b) {
  const size_t n = a->n_nets * a->n_weights;
  return a->n_nets == b->n_nets && a->n_weights == b->n_weights &&
         memcmp(a->weight, b->weight, n * sizeof *a->weight) == 0 &&
         memcmp(a->epochs, b->epochs, a->n_nets * sizeof *a->epochs) == 0 &&
         memcmp(a->loss, b->loss, a->n_nets * sizeof *a->loss) == 0;
}

static void threads_and_registers_change_no_bit(void) {
  static net_scene it;
  net_up(&it, 30);
  const cr_run one = {.threads = 1, .seed = 4};
  cr_mlp first = {0};
  CHECK(fit(&it, it.s.weight, &one, &SMALL, &first) == CR_OK);
  double *eta = cr_alloc(N, sizeof *eta), *again = cr_alloc(N, sizeof *again);
  CHECK(cr_mlp_score(&first, &it.nodes, &it.s.frame, &one, eta, NULL) == CR_OK);
  const int threads[] = {2, 3, 8};
  for (size_t t = 0; t < 3; t++) {
    const cr_run run = {.threads = threads[t], .seed = 4, .simd = CR_SIMD_PORTABLE};
    cr_mlp other = {0};
    CHECK(fit(&it, it.s.weight, &run, &SMALL, &other) == CR_OK);
    CHECK(same_mlp(&first, &other));
    CHECK(cr_mlp_score(&other, &it.nodes, &it.s.frame, &run, again, NULL) == CR_OK);
    CHECK(memcmp(eta, again, N * sizeof *eta) == 0);
    cr_mlp_free(&other);
  }
  const cr_run other_seed = {.threads = 1, .seed = 5};
  cr_mlp other = {0};
  CHECK(fit(&it, it.s.weight, &other_seed, &SMALL, &other) == CR_OK);
  CHECK(!same_mlp(&first, &other));
  cr_mlp_free(&other);
  cr_free(again);
  cr_free(eta);
  cr_mlp_free(&first);
  net_down(&it);
}

static double mean_loss(const scene* s, const double* eta) {
  double sum = 0.0;
  for (size_t i = 0; i < s->n; i++) sum += cr_softplus(s->event[i] ? -eta[i] : eta[i]);
  return sum / (double)s->n;
}

// Whether the first number and the flag agree: neither says anything alone.
static void learns_what_only_together_counts(void) {
  static net_scene it;
  net_up(&it, 31);
  scene* s = &it.s;
  cr_rng rng = cr_rng_stream(7, CR_FOR_SIMULATION, 31);
  double least = 0.0;
  for (size_t i = 0; i < s->n; i++) {
    const double eta = (s->number[0][i] > 0.0) == (s->flag[i] == 1) ? 2.0 : -2.0;
    s->event[i] = cr_rng_unit(&rng) < cr_logistic(eta);
    least += cr_softplus(s->event[i] ? -eta : eta) / (double)s->n;
  }
  const cr_run run = {.threads = 2, .seed = 1};
  cr_mlp mlp = {0};
  double* eta = cr_alloc(N, sizeof *eta);
  CHECK(fit(&it, NULL, &run, &SMALL, &mlp) == CR_OK);
  CHECK(cr_mlp_score(&mlp, &it.nodes, &s->frame, &run, eta, NULL) == CR_OK);
  CHECK(mean_loss(s, eta) < least + 0.05 && mean_loss(s, eta) < 0.45);
  for (size_t k = 0; k < mlp.n_nets; k++) {
    CHECK(mlp.epochs[k] >= 1 && mlp.epochs[k] <= SMALL.epochs);
    CHECK_NEAR(mlp.loss[k], least, 0.08);
  }
  cr_free(eta);
  cr_mlp_free(&mlp);
  net_down(&it);
}

// Without hidden effects worth having it is a logistic regression: the base rate first.
static void weights_shift_the_rate(void) {
  static net_scene it;
  net_up(&it, 32);
  scene* s = &it.s;
  double* weight = cr_alloc(N, sizeof *weight);
  double mass = 0.0, events = 0.0;
  for (size_t i = 0; i < s->n; i++) {
    weight[i] = s->event[i] ? 30.0 : 10.0;
    mass += weight[i];
    events += weight[i] * s->event[i];
  }
  const cr_run run = {.threads = 1, .seed = 1};
  cr_mlp mlp = {0};
  double* eta = cr_alloc(N, sizeof *eta);
  CHECK(fit(&it, weight, &run, &SMALL, &mlp) == CR_OK);
  CHECK(cr_mlp_score(&mlp, &it.nodes, &s->frame, &run, eta, NULL) == CR_OK);
  double expected = 0.0;
  for (size_t i = 0; i < s->n; i++) expected += weight[i] * cr_logistic(eta[i]) / mass;
  CHECK_NEAR(expected, events / mass, 0.03);
  cr_free(eta);
  cr_free(weight);
  cr_mlp_free(&mlp);
  net_down(&it);
}

// Outcomes by chance, each row eight times over: a network that learns from copies of its
// held-out rows believes that chance can be told.
static void copies_do_not_judge_their_originals(void) {
  enum { OWN = N / 8 };
  static net_scene it;
  net_up(&it, 34);
  scene* s = &it.s;
  int32_t* first = cr_alloc(N, sizeof *first);
  cr_rng rng = cr_rng_stream(7, CR_FOR_SIMULATION, 34);
  for (size_t i = 0; i < N; i++) {
    first[i] = (int32_t)(i % OWN);
    if (i < OWN) s->event[i] = cr_rng_unit(&rng) < 0.5;
    s->event[i] = s->event[i % OWN];
    s->number[0][i] = s->number[0][i % OWN];
    s->number[1][i] = s->number[1][i % OWN];
    s->flag[i] = s->flag[i % OWN];
    s->level[i] = s->level[i % OWN];
  }
  cr_mlp_settings chosen = SMALL;
  chosen.epochs = chosen.patience = 40;
  chosen.dropout = 0.0;
  const cr_run run = {.threads = 2, .seed = 1};
  for (int known = 0; known <= 1; known++) {
    const cr_mlp_data data = {.event = s->event,
                              .origin = {known ? first : NULL, known ? first : NULL}};
    cr_mlp mlp = {0};
    CHECK(cr_mlp_fit(&it.nodes, &s->frame, &data, &chosen, &run, &mlp, NULL) == CR_OK);
    for (size_t k = 0; k < mlp.n_nets; k++) CHECK((mlp.loss[k] > 0.66) == known);
    cr_mlp_free(&mlp);
  }
  cr_free(first);
  net_down(&it);
}

static void failures_leave_nothing_behind(void) {
  static net_scene it;
  net_up(&it, 33);
  it.s.n = it.s.frame.n_rows = 60;
  cr_mlp_settings quick = SMALL;
  quick.epochs = 1;
  const cr_run run = {.threads = 1};
  cr_mlp mlp = {0};
  for (long k = 1;; k++) {
    const long live = check_live_blocks();
    check_fail_alloc(k);
    const cr_status status = fit(&it, NULL, &run, &quick, &mlp);
    const bool struck = check_alloc_struck();
    check_fail_alloc(0);
    CHECK(status == (struck ? CR_ENOMEM : CR_OK));
    if (!struck) break;
    cr_mlp_free(&mlp);
    CHECK(check_live_blocks() == live);
  }
  double eta[60];
  CHECK_ALLOCATIONS(cr_mlp_score(&mlp, &it.nodes, &it.s.frame, &run, eta, NULL), (void)0);
  cr_mlp_free(&mlp);
  const long live = check_live_blocks();
  const cr_run refused = {.threads = 2, .tick = refuse};
  it.s.n = it.s.frame.n_rows = N;
  quick.epochs = 100000;
  quick.patience = 100000;
  CHECK(fit(&it, NULL, &refused, &quick, &mlp) == CR_ECANCELLED);
  cr_mlp_free(&mlp);
  CHECK(check_live_blocks() == live);
  net_down(&it);
}

static void one_row_of_an_outcome_is_enough(void) {
  static net_scene it;
  net_up(&it, 34);
  it.s.n = it.s.frame.n_rows = 30;
  for (size_t i = 0; i < 30; i++) it.s.event[i] = i == 4;
  const cr_run run = {.threads = 1};
  cr_mlp mlp = {0};
  double eta[30];
  CHECK(fit(&it, NULL, &run, &SMALL, &mlp) == CR_OK);
  CHECK(cr_mlp_score(&mlp, &it.nodes, &it.s.frame, &run, eta, NULL) == CR_OK);
  for (size_t i = 0; i < 30; i++) CHECK(isfinite(eta[i]));
  cr_mlp_free(&mlp);
  net_down(&it);
}

static void damaged_networks_are_refused(void) {
  static net_scene it;
  net_up(&it, 35);
  it.s.n = it.s.frame.n_rows = 60;
  const cr_run run = {.threads = 1};
  cr_mlp mlp = {0};
  CHECK(fit(&it, NULL, &run, &SMALL, &mlp) == CR_OK);
  const size_t n = mlp.n_nets * mlp.n_weights;
  cr_mlp bad = mlp;
  bad.n_nets = bad.n_weights = 0;
  CHECK(cr_mlp_settle(&bad, &it.nodes, n, NULL) == CR_OK);
  CHECK(bad.n_nets == mlp.n_nets && bad.n_weights == mlp.n_weights);
  CHECK(cr_mlp_settle(&bad, &it.nodes, n - 1, NULL) == CR_EMODEL);
  CHECK(cr_mlp_settle(&bad, &it.nodes, 0, NULL) == CR_EMODEL);
  bad.units[1] = 0;
  CHECK(cr_mlp_settle(&bad, &it.nodes, n, NULL) == CR_EMODEL);
  bad.units[1] = INT32_MAX;
  CHECK(cr_mlp_settle(&bad, &it.nodes, n, NULL) == CR_EMODEL);
  bad = mlp;
  bad.n_hidden = 0;
  CHECK(cr_mlp_settle(&bad, &it.nodes, n, NULL) == CR_EMODEL);
  bad.n_hidden = CR_HIDDEN_MAX + 1;
  CHECK(cr_mlp_settle(&bad, &it.nodes, n, NULL) == CR_EMODEL);
  mlp.weight[n - 1] = NAN;
  CHECK(cr_mlp_settle(&mlp, &it.nodes, n, NULL) == CR_EMODEL);
  cr_mlp_free(&mlp);
  net_down(&it);
}

void test_mlp(void) {
  threads_and_registers_change_no_bit();
  learns_what_only_together_counts();
  weights_shift_the_rate();
  copies_do_not_judge_their_originals();
  failures_leave_nothing_behind();
  one_row_of_an_outcome_is_enough();
  damaged_networks_are_refused();
}
