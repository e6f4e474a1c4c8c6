#include "near/smote.h"

#include "check.h"
#include "near_scene.h"

enum { NEW = 1001, K = 5 };

static near_scene scene;
static uint32_t minority[SCENE_ROWS];
static size_t n_minority;

typedef struct {
  cr_smote plan;
  double number[SCENE_COLUMNS][NEW];
  int32_t integer[SCENE_COLUMNS][NEW];
} drawn;

static cr_status draw(const cr_space* space, const cr_smote_settings* settings,
                      const cr_run* run, drawn* out) {
  void* column[SCENE_COLUMNS];
  for (size_t j = 0; j < SCENE_COLUMNS; j++) {
    const bool is_double = scene.column[j].type == CR_COLUMN_DOUBLE;
    column[j] = is_double ? (void*)out->number[j] : (void*)out->integer[j];
  }
  out->plan = (cr_smote){0};
  const cr_status status = cr_smote_plan(space, &scene.frame, minority, n_minority,
                                         settings, run, &out->plan, NULL);
  if (status != CR_OK) return status;
  return cr_smote_fill(&out->plan, &scene.frame, column, run, NULL);
}

static bool is_minority(uint32_t row) {
  for (size_t i = 0; i < n_minority; i++) {
    if (minority[i] == row) return true;
  }
  return false;
}

// Parents are of the minority, starts are used evenly, and `to` is a neighbour of `from`
static void check_parents(const cr_smote* plan) {
  bool holds = plan->n_new == NEW;
  size_t used[SCENE_ROWS] = {0}, least = NEW, most = 0, seeds = 0;
  for (size_t s = 0; s < plan->n_new; s++) {
    bool near = false;
    for (size_t r = 0; r < plan->k; r++) {
      near = near || plan->neighbour[plan->seed[s] * plan->k + r] == plan->to[s];
    }
    holds = holds && near && minority[plan->seed[s]] == plan->from[s];
    holds = holds && is_minority(plan->to[s]) && plan->from[s] != plan->to[s];
    holds = holds && plan->gap[s] >= 0.0 && plan->gap[s] < 1.0;
    holds = holds && (s == 0 || plan->from[s] >= plan->from[s - 1]);
    used[plan->from[s]]++;
  }
  for (size_t i = 0; i < SCENE_ROWS; i++) {
    if (used[i] == 0) continue;
    seeds++;
    least = used[i] < least ? used[i] : least;
    most = used[i] > most ? used[i] : most;
  }
  CHECK(holds && seeds == plan->n_seeds && most - least <= 1);
}

// Between the parents, of the nearer one, or missing, by the rule of the column
static void check_numbers(const drawn* d) {
  bool holds = true;
  for (size_t s = 0; s < NEW; s++) {
    for (size_t j = 0; j < SCENE_COLUMNS; j++) {
      const cr_column* column = &scene.column[j];
      if (column->type == CR_COLUMN_LEVEL) continue;
      const double a = cr_column_value(column, d->plan.from[s]);
      const double b = cr_column_value(column, d->plan.to[s]);
      const cr_column one = {column->type, d->number[j], d->integer[j], 0};
      const double x = cr_column_value(&one, s);
      const double nearer = d->plan.gap[s] < 0.5 ? a : b;
      if (a != a || b != b || column->integer == scene.flag) {
        holds = holds && (x == nearer || (x != x && nearer != nearer));
      } else {
        holds = holds && x >= fmin(a, b) && x <= fmax(a, b);
        if (column->type == CR_COLUMN_DOUBLE) {
          CHECK_NEAR(x, a + d->plan.gap[s] * (b - a), 1e-9 * (1.0 + fabs(a) + fabs(b)));
        }
      }
    }
  }
  CHECK(holds);
}

// No level among the neighbours has more votes, and among equals the rule decides
static void check_levels(const drawn* d, size_t j) {
  const int32_t* level = scene.column[j].integer;
  bool holds = true;
  for (size_t s = 0; s < NEW; s++) {
    const uint32_t* neighbour = d->plan.neighbour + d->plan.seed[s] * K;
    size_t votes[K] = {0}, mine = 0, own = 0, most = 0;
    for (size_t r = 0; r < K; r++) {
      for (size_t v = 0; v < K; v++)
        votes[r] += level[neighbour[r]] == level[neighbour[v]];
      mine += level[neighbour[r]] == d->integer[j][s];
      own += level[neighbour[r]] == level[d->plan.from[s]];
      most = votes[r] > most ? votes[r] : most;
    }
    int32_t want = level[d->plan.from[s]];
    for (size_t r = K; own < most && r-- > 0;) {
      if (votes[r] == most) want = level[neighbour[r]];
    }
    holds = holds && mine == most && d->integer[j][s] == want;
  }
  CHECK(holds);
}

static void check_same_bits(const cr_space* space, const cr_smote_settings* settings,
                            const drawn* d) {
  static drawn again;
  const cr_run ways[] = {{.threads = 3, .seed = 9},
                         {.seed = 9, .simd = CR_SIMD_PORTABLE}};
  for (size_t w = 0; w < 2; w++) {
    CHECK(draw(space, settings, &ways[w], &again) == CR_OK);
    CHECK(memcmp(again.plan.gap, d->plan.gap, NEW * sizeof(double)) == 0);
    CHECK(memcmp(again.number, d->number, sizeof d->number) == 0);
    CHECK(memcmp(again.integer, d->integer, sizeof d->integer) == 0);
    cr_smote_free(&again.plan);
  }
  const cr_run other = {.seed = 10};
  CHECK(draw(space, settings, &other, &again) == CR_OK);
  CHECK(memcmp(again.plan.gap, d->plan.gap, NEW * sizeof(double)) != 0);
  cr_smote_free(&again.plan);
}

// On a line: minority at 0 1 2 (company), 10 (half), 20 (none) and, far off, 30 31
static const double line[] = {0, 1, 2, 9.8, 10, 10.4, 19.9, 20, 20.1, 30, 31, 50, 51};
static const uint32_t rare[] = {0, 1, 2, 4, 5, 7, 9, 10};

static void check_starts(cr_smote_kind kind, const uint32_t* want, size_t n) {
  const cr_column column[] = {{CR_COLUMN_DOUBLE, line, NULL, 0}};
  const cr_frame frame = {13, 1, column};
  const cr_smote_settings settings = {.kind = kind, .k = 2, .around = 2, .n_new = 400};
  const cr_run run = {.seed = 4};
  cr_space space = {0};
  cr_smote plan = {0};
  CHECK(cr_space_learn(&frame, rare, 8, &run, &space, NULL) == CR_OK);
  CHECK(cr_smote_plan(&space, &frame, rare, 8, &settings, &run, &plan, NULL) == CR_OK);
  CHECK(plan.n_seeds == n);
  for (size_t i = 0; i < n; i++) {
    size_t used = 0;
    for (size_t s = 0; s < plan.n_new; s++) used += plan.from[s] == want[i];
    CHECK(used >= 400 / n && used <= 400 / n + 1);
  }
  if (kind == CR_SMOTE_SAFE) {
    bool holds = true;
    for (size_t s = 0; s < plan.n_new; s++) {
      // row 7 has only others around: nothing ends there, and from there all go far
      if (plan.to[s] == 7) holds = holds && plan.gap[s] == 0.0;
      if (plan.from[s] == 7) holds = holds && plan.gap[s] >= 1.0 - 1e-9;
      // 4 has one of two, 5 one of two: equal; 1 has both
      holds = holds && plan.gap[s] < 1.0;
    }
    CHECK(holds);
  }
  cr_smote_free(&plan);
  cr_space_free(&space);
}

static void check_refusals(void) {
  const cr_column column[] = {{CR_COLUMN_DOUBLE, line, NULL, 0}};
  const cr_frame frame = {13, 1, column};
  const uint32_t together[] = {0, 1, 2};
  const cr_run run = {.threads = 1};
  cr_smote_settings settings = {.k = 3, .around = 2, .n_new = 5};
  cr_space space = {0};
  cr_smote plan = {0};
  cr_error err;
  CHECK(cr_space_learn(&frame, together, 3, &run, &space, NULL) == CR_OK);
  CHECK(cr_smote_plan(&space, &frame, together, 3, &settings, &run, &plan, &err) ==
        CR_EINPUT);
  CHECK(strcmp(err.code, "few_rows") == 0);
  settings.k = 2;
  settings.kind = CR_SMOTE_BORDERLINE;  // all three have company only
  CHECK(cr_smote_plan(&space, &frame, together, 3, &settings, &run, &plan, &err) ==
        CR_EINPUT);
  CHECK(strcmp(err.code, "no_seeds") == 0);
  cr_smote_free(&plan);
  cr_space_free(&space);
}

void test_smote(void) {
  static drawn d;
  const cr_run run = {.seed = 9};
  fill_scene(&scene, 8);
  for (uint32_t i = 0; i < SCENE_ROWS; i += 4) minority[n_minority++] = i;
  cr_space space = {0};
  CHECK(cr_space_learn(&scene.frame, minority, n_minority, &run, &space, NULL) == CR_OK);
  for (int kind = CR_SMOTE_PLAIN; kind <= CR_SMOTE_SAFE; kind++) {
    const cr_smote_settings settings = {(cr_smote_kind)kind, K, 10, NEW};
    CHECK(draw(&space, &settings, &run, &d) == CR_OK);
    check_parents(&d.plan);
    check_numbers(&d);
    check_levels(&d, 0);
    check_levels(&d, 6);
    check_same_bits(&space, &settings, &d);
    cr_smote_free(&d.plan);
  }

  const uint32_t everyone[] = {0, 1, 2, 4, 5, 7, 9, 10}, border[] = {4, 5, 9, 10};
  check_starts(CR_SMOTE_PLAIN, everyone, 8);
  check_starts(CR_SMOTE_BORDERLINE, border, 4);
  check_starts(CR_SMOTE_SAFE, everyone, 8);
  check_refusals();

  const cr_smote_settings small = {CR_SMOTE_SAFE, 2, 3, 20};
  const cr_run alone = {.threads = 1};
  cr_smote plan = {0};
  CHECK_ALLOCATIONS(
      (plan = (cr_smote){0}, cr_smote_plan(&space, &scene.frame, minority, 30, &small,
                                           &alone, &plan, NULL) == CR_OK
                                 ? CR_OK
                                 : (cr_smote_free(&plan), CR_ENOMEM)),
      cr_smote_free(&plan));
  cr_space_free(&space);
}
