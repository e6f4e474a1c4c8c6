#include "additive/cycle.h"

#include <math.h>
#include <string.h>

#include "base/mem.h"
#include "base/xmath.h"

#include "base/exact.h"

enum { CODES = CR_SMOOTH_CODES, CHUNK = 256, WAYS = 4 };

cr_status cr_cycle_make(size_t n, size_t n_terms, int weighted, cr_cycle_rows* rows,
                        cr_error* err) {
  *rows = (cr_cycle_rows){.n = n};
  rows->code = cr_alloc(n, n_terms);
  rows->event = cr_alloc(n, sizeof *rows->event);
  rows->score = cr_alloc(n, sizeof *rows->score);
  if (weighted) rows->weight = cr_alloc(n, sizeof *rows->weight);
  if (rows->code != NULL && rows->event != NULL && rows->score != NULL &&
      (!weighted || rows->weight != NULL)) {
    return CR_OK;
  }
  cr_cycle_free(rows);
  return cr_fail(err, CR_ENOMEM, "memory", "no memory for the codes of %zu rows", n);
}

void cr_cycle_free(cr_cycle_rows* rows) {
  cr_free(rows->code);
  cr_free(rows->event);
  cr_free(rows->weight);
  cr_free(rows->score);
  *rows = (cr_cycle_rows){0};
}

// One row of the training part: log-odds and the loss's derivatives there
typedef struct {
  double score, gradient, hessian;
} row_state;

// A pair of sums moves as one register
typedef double lanes __attribute__((vector_size(16)));

typedef struct {
  const cr_term* term;
  size_t n_terms;
  const cr_cycle_settings* settings;
  cr_cycle_rows *train, *held;
  row_state* row;
  double* held_score;
  double *table, *best;
  double held_mass;
  lanes (*sums)[CODES];      // WAYS of them: neighbours rarely wait for each other
  const uint8_t* last_code;  // the step not yet added to the rows; NULL: none
  double last_step[CODES];
} cycling;

// ---- rows ----

static void refresh(cycling* c) {
  const cr_cycle_rows* rows = c->train;
  double p[CHUNK];
  for (size_t from = 0; from < rows->n; from += CHUNK) {
    const size_t n = rows->n - from < CHUNK ? rows->n - from : CHUNK;
    for (size_t i = 0; i < n; i++) p[i] = c->row[from + i].score;
    cr_logistic_n(p, p, n, CR_SIMD_BEST);
    for (size_t i = 0; i < n; i++) {
      const double w = rows->weight == NULL ? 1.0 : rows->weight[from + i];
      c->row[from + i].gradient = w * (p[i] - rows->event[from + i]);
      c->row[from + i].hessian = w * p[i] * (1.0 - p[i]);
    }
  }
}

static void move(row_state* row, double step) {
  row->score += step;
  row->gradient += row->hessian * step;
}

// Adds the last step to the rows and sums the next term's codes, in one pass
static void pass(cycling* c, const uint8_t* code) {
  const size_t n = c->train->n;
  const uint8_t* before = c->last_code;
  memset(c->sums, 0, WAYS * sizeof *c->sums);
  for (size_t i = 0; i < n; i++) {
    row_state* row = &c->row[i];
    if (before != NULL) move(row, c->last_step[before[i]]);
    const lanes pair = {row->gradient, row->hessian};
    c->sums[i % WAYS][code[i]] += pair;
  }
}

static void flush(cycling* c) {
  if (c->last_code == NULL) return;
  for (size_t i = 0; i < c->train->n; i++) {
    move(&c->row[i], c->last_step[c->last_code[i]]);
  }
  c->last_code = NULL;
}

static double held_loss(const cycling* c) {
  double sum = 0.0;
  for (size_t i = 0; i < c->held->n; i++) {
    const double w = c->held->weight == NULL ? 1.0 : c->held->weight[i];
    const double eta = c->held_score[i];
    sum += w * cr_softplus(c->held->event[i] > 0.0 ? -eta : eta);
  }
  return sum / c->held_mass;
}

// ---- steps ----

static void find_step(const cr_term* term, const cr_smooth_sums* sums, double* step) {
  switch (term->kind) {
    case CR_TERM_ORDERED:
      cr_smooth_ordered(sums, term->n_codes, term->rough, term->stiffness, step);
      break;
    case CR_TERM_LEVELS:
      cr_smooth_levels(sums, term->n_codes, term->stiffness, step);
      break;
    case CR_TERM_PAIR: cr_smooth_quadrants(sums, term->stiffness, step); break;
  }
}

// Twice the log loss that the whole step would save were the loss its quadratic
static double worth(const cr_smooth_sums* sums, const double* step) {
  double sum = 0.0;
  for (int k = 0; k < CODES; k++) sum -= step[k] * sums[k].gradient;
  return sum;
}

static void take_step(cycling* c, size_t t) {
  const cr_term* term = &c->term[t];
  if (term->n_codes == 0) return;
  const uint8_t* code = c->train->code + t * c->train->n;
  pass(c, code);
  cr_smooth_sums sums[CODES];
  for (int k = 0; k < CODES; k++) {
    lanes all = c->sums[0][k];
    for (int w = 1; w < WAYS; w++) all += c->sums[w][k];
    sums[k] = (cr_smooth_sums){all[0], all[1]};
  }
  double* table = c->table + t * CODES;
  double* step = c->last_step;
  memset(step, 0, sizeof c->last_step);
  find_step(term, sums, step);
  c->last_code = NULL;
  if (worth(sums, step) < term->least) return;
  double next[CODES];
  for (int k = 0; k < CODES; k++) next[k] = table[k] + c->settings->rate * step[k];
  if (term->direction != 0) {
    cr_smooth_monotone(sums, term->n_codes, term->direction, next);
  }
  for (int k = 0; k < CODES; k++) step[k] = next[k] - table[k];
  memcpy(table, next, sizeof next);
  c->last_code = code;
  const uint8_t* held = c->held->code + t * c->held->n;
  for (size_t i = 0; i < c->held->n; i++) c->held_score[i] += step[held[i]];
}

static bool goes_on(const cr_run* run, const cr_cycle_result* out,
                    const cr_cycle_settings* settings) {
  const double done = (double)out->rounds / settings->rounds;
  return run->tick == NULL || run->tick(run->tick_data, done);
}

static cr_status run_rounds(cycling* c, const cr_run* run, cr_cycle_result* out,
                            cr_error* err) {
  const size_t cells = c->n_terms * CODES;
  const bool watched = c->held->n > 0;
  out->loss = watched ? held_loss(c) : NAN;
  while (out->rounds < c->settings->rounds &&
         (!watched || out->rounds - out->best < c->settings->patience)) {
    refresh(c);
    for (size_t t = 0; t < c->n_terms; t++) {
      if (!goes_on(run, out, c->settings)) {
        return cr_fail(err, CR_ECANCELLED, "cancelled", "stopped in round %d",
                       out->rounds + 1);
      }
      take_step(c, t);
    }
    flush(c);
    out->rounds++;
    const double loss = watched ? held_loss(c) : NAN;
    if (watched && !(loss < out->loss)) continue;
    out->loss = loss;
    out->best = out->rounds;
    memcpy(c->best, c->table, cells * sizeof *c->best);
  }
  return CR_OK;
}

// score += the tables' values at the row's codes
static void add_tables(const cycling* c, cr_cycle_rows* rows) {
  for (size_t t = 0; t < c->n_terms; t++) {
    const uint8_t* code = rows->code + t * rows->n;
    const double* table = c->best + t * CODES;
    for (size_t i = 0; i < rows->n; i++) rows->score[i] += table[code[i]];
  }
}

static void start(cycling* c) {
  memset(c->table, 0, c->n_terms * CODES * sizeof *c->table);
  memset(c->best, 0, c->n_terms * CODES * sizeof *c->best);
  for (size_t i = 0; i < c->train->n; i++) c->row[i].score = c->train->score[i];
  for (size_t i = 0; i < c->held->n; i++) {
    c->held_score[i] = c->held->score[i];
    c->held_mass += c->held->weight == NULL ? 1.0 : c->held->weight[i];
  }
}

cr_status cr_cycle_run(const cr_term* term, size_t n_terms,
                       const cr_cycle_settings* settings, cr_cycle_rows* train,
                       cr_cycle_rows* held, const cr_run* run, double* table,
                       cr_cycle_result* out, cr_error* err) {
  cr_status status = CR_OK;
  cycling c = {.term = term,
               .n_terms = n_terms,
               .settings = settings,
               .train = train,
               .held = held,
               .best = table};
  cr_cycle_result found = {0};
  c.row = cr_alloc(train->n, sizeof *c.row);
  c.held_score = cr_alloc(held->n, sizeof *c.held_score);
  c.table = cr_alloc(n_terms * CODES, sizeof *c.table);
  c.sums = cr_alloc_aligned(WAYS, sizeof *c.sums);
  if (c.row == NULL || c.held_score == NULL || c.table == NULL || c.sums == NULL) {
    status = cr_fail(err, CR_ENOMEM, "memory", "no memory to fit %zu rows", train->n);
    goto done;
  }
  start(&c);
  CR_TRY(run_rounds(&c, run, &found, err));
  add_tables(&c, train);
  add_tables(&c, held);
  *out = found;

done:
  cr_free_aligned(c.sums);
  cr_free(c.table);
  cr_free(c.held_score);
  cr_free(c.row);
  return status;
}
