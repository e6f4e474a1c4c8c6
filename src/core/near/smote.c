#include "near/smote.h"

#include <math.h>
#include <stdbool.h>
#include <string.h>

#include "base/mem.h"
#include "base/rng.h"
#include "data/fold.h"
#include "near/knn.h"

#include "base/exact.h"

void cr_smote_free(cr_smote* smote) {
  cr_free(smote->from);
  cr_free(smote->to);
  cr_free(smote->gap);
  cr_free(smote->seed);
  cr_free(smote->neighbour);
  *smote = (cr_smote){0};
}

// ---- where to start --------------------------------------------------------------

typedef struct {
  const cr_space* space;
  const cr_frame* frame;
  const uint32_t* minority;
  size_t n_minority;
  const cr_smote_settings* settings;
  const cr_run* run;
  cr_smote* smote;
  int32_t* place;    // of each row of the frame in the minority, -1: another class
  uint32_t* safe;    // minority rows among the nearest of each minority row
  uint32_t* start;   // which minority rows to start at
  int32_t* share;    // the rank of each start for the rows left over
  int32_t* stratum;  // of the ranks: all the same
  uint32_t* around;  // scratch: nearest rows of any class
  uint32_t* all;     // scratch: 0, 1, 2, ...
} planning;

static cr_status count_safe(planning* p, cr_error* err) {
  cr_status status = CR_OK;
  const size_t n = p->frame->n_rows, around = (size_t)p->settings->around;
  p->around = cr_alloc(p->n_minority, around * sizeof *p->around);
  p->all = cr_alloc(n, sizeof *p->all);
  if (p->around == NULL || p->all == NULL) {
    status = cr_fail(err, CR_ENOMEM, "memory", "no memory for %zu rows", n);
    goto done;
  }
  for (size_t i = 0; i < n; i++) p->all[i] = (uint32_t)i;
  CR_TRY(cr_knn_find(p->space, p->frame, p->all, n, p->minority, p->n_minority,
                     p->settings->around, p->run, p->around, NULL, err));
  for (size_t i = 0; i < p->n_minority; i++) {
    p->safe[i] = 0;
    for (size_t r = 0; r < around; r++) {
      p->safe[i] += p->place[p->around[i * around + r]] >= 0;
    }
  }

done:
  return status;
}

static uint32_t safe_of(const planning* p, uint32_t row) {
  return p->safe[p->place[row]];
}

static bool may_start(const planning* p, size_t i) {
  const uint32_t around = (uint32_t)p->settings->around, safe = p->safe[i];
  if (p->settings->kind == CR_SMOTE_BORDERLINE) return safe > 0 && 2 * safe <= around;
  if (p->settings->kind == CR_SMOTE_PLAIN || safe > 0) return true;
  const uint32_t* neighbour = p->smote->neighbour + i * p->smote->k;
  for (size_t r = 0; r < p->smote->k; r++) {
    if (safe_of(p, neighbour[r]) > 0) return true;
  }
  return false;
}

// ---- where to go -------------------------------------------------------------------

// One of the neighbours; a start without company goes where there is some.
static uint32_t draw_neighbour(const planning* p, size_t i, cr_rng* rng) {
  const uint32_t* neighbour = p->smote->neighbour + i * p->smote->k;
  const uint32_t k = (uint32_t)p->smote->k;
  if (p->settings->kind != CR_SMOTE_SAFE || p->safe[i] > 0) {
    return neighbour[cr_rng_below(rng, k)];
  }
  uint32_t good = 0;
  for (uint32_t r = 0; r < k; r++) good += safe_of(p, neighbour[r]) > 0;
  uint32_t left = cr_rng_below(rng, good), r = 0;
  for (;; r++) {
    if (safe_of(p, neighbour[r]) == 0) continue;
    if (left-- == 0) return neighbour[r];
  }
}

static double draw_gap(const planning* p, size_t i, uint32_t to, cr_rng* rng) {
  const double unit = cr_rng_unit(rng);
  if (p->settings->kind != CR_SMOTE_SAFE) return unit;
  const uint32_t here = p->safe[i], there = safe_of(p, to);
  if (there == 0) return 0.0;
  if (here > there) return unit * there / here;
  const double nearest = 1.0 - (double)here / there;
  const double gap = nearest + unit * (1.0 - nearest);
  return gap < 1.0 ? gap : 1.0 - 0x1p-53;
}

static void draw_rows(planning* p, size_t n_starts) {
  cr_smote* smote = p->smote;
  const size_t each = p->settings->n_new / n_starts, more = p->settings->n_new % n_starts;
  size_t next = 0;
  for (size_t s = 0; s < n_starts; s++) {
    const uint32_t i = p->start[s];
    const size_t count = each + ((size_t)p->share[s] < more);
    for (size_t c = 0; c < count; c++, next++) {
      cr_rng rng = cr_rng_stream(p->run->seed, CR_FOR_SMOTE, next);
      smote->seed[next] = i;
      smote->from[next] = p->minority[i];
      smote->to[next] = draw_neighbour(p, i, &rng);
      smote->gap[next] = draw_gap(p, i, smote->to[next], &rng);
    }
  }
  smote->n_new = next;
  smote->n_seeds = n_starts;
}

static cr_status allocate(planning* p, cr_error* err) {
  cr_smote* smote = p->smote;
  const size_t n_new = p->settings->n_new;
  smote->k = (size_t)p->settings->k;
  smote->from = cr_alloc(n_new, sizeof *smote->from);
  smote->to = cr_alloc(n_new, sizeof *smote->to);
  smote->gap = cr_alloc(n_new, sizeof *smote->gap);
  smote->seed = cr_alloc(n_new, sizeof *smote->seed);
  smote->neighbour = cr_alloc(p->n_minority, smote->k * sizeof *smote->neighbour);
  p->place = cr_alloc(p->frame->n_rows, sizeof *p->place);
  p->safe = cr_alloc_zero(p->n_minority, sizeof *p->safe);
  p->start = cr_alloc(p->n_minority, sizeof *p->start);
  p->share = cr_alloc(p->n_minority, sizeof *p->share);
  p->stratum = cr_alloc_zero(p->n_minority, sizeof *p->stratum);
  if (smote->from == NULL || smote->to == NULL || smote->gap == NULL ||
      smote->seed == NULL || smote->neighbour == NULL || p->place == NULL ||
      p->safe == NULL || p->start == NULL || p->share == NULL || p->stratum == NULL) {
    return cr_fail(err, CR_ENOMEM, "memory", "no memory for %zu new rows", n_new);
  }
  return CR_OK;
}

static cr_status plan(planning* p, cr_error* err) {
  enum { SHARE_ROUND = 3 };  // rounds 1 and 2 of this purpose are R's
  cr_status status = CR_OK;
  CR_TRY(allocate(p, err));
  for (size_t i = 0; i < p->frame->n_rows; i++) p->place[i] = -1;
  for (size_t i = 0; i < p->n_minority; i++) p->place[p->minority[i]] = (int32_t)i;
  CR_TRY(cr_knn_find(p->space, p->frame, p->minority, p->n_minority, p->minority,
                     p->n_minority, p->settings->k, p->run, p->smote->neighbour, NULL,
                     err));
  if (p->settings->kind != CR_SMOTE_PLAIN) CR_TRY(count_safe(p, err));

  size_t n_starts = 0;
  for (size_t i = 0; i < p->n_minority; i++) {
    if (may_start(p, i)) p->start[n_starts++] = (uint32_t)i;
  }
  if (n_starts == 0) {
    status = cr_fail(err, CR_EINPUT, "no_seeds",
                     "none of the %zu minority rows is one to start at", p->n_minority);
    goto done;
  }
  CR_TRY(cr_fold_rank(p->stratum, NULL, n_starts, 1, p->run->seed, CR_FOR_SMOTE,
                      SHARE_ROUND, p->share, err));
  draw_rows(p, n_starts);

done:
  return status;
}

cr_status cr_smote_plan(const cr_space* space, const cr_frame* frame,
                        const uint32_t* minority, size_t n_minority,
                        const cr_smote_settings* settings, const cr_run* run,
                        cr_smote* smote, cr_error* err) {
  if (n_minority <= (size_t)settings->k) {
    return cr_fail(err, CR_EINPUT, "few_rows", "%zu minority rows for %d neighbours",
                   n_minority, settings->k);
  }
  planning p = {.space = space,
                .frame = frame,
                .minority = minority,
                .n_minority = n_minority,
                .settings = settings,
                .run = run,
                .smote = smote};
  const cr_status status = plan(&p, err);
  cr_free(p.place);
  cr_free(p.safe);
  cr_free(p.start);
  cr_free(p.share);
  cr_free(p.stratum);
  cr_free(p.around);
  cr_free(p.all);
  return status;
}

// ---- values ------------------------------------------------------------------------

typedef enum { ANY, WHOLE, TWO_VALUES } number_kind;

static number_kind kind_of(const cr_column* column, size_t n) {
  const double most = 0x1p53;
  double value[2] = {0.0, 0.0};
  int seen = 0;
  bool whole = true;
  for (size_t i = 0; i < n; i++) {
    const double x = cr_column_value(column, i);
    if (x != x) continue;
    whole = whole && fabs(x) <= most && x == trunc(x);
    const bool known = (seen > 0 && x == value[0]) || (seen > 1 && x == value[1]);
    if (!known && seen < 2) value[seen] = x;
    seen += !known && seen < 3;
    if (!whole && seen > 2) return ANY;
  }
  return seen <= 2 ? TWO_VALUES : whole ? WHOLE : ANY;
}

static double between(double from, double to, double gap, number_kind kind) {
  if (from == to) return from;
  if (kind == TWO_VALUES || from != from || to != to) return gap < 0.5 ? from : to;
  const double way = to - from;
  const double x = isfinite(way) ? from + gap * way : (1.0 - gap) * from + gap * to;
  const double low = from < to ? from : to, high = from < to ? to : from;
  const double rounded = kind == WHOLE ? nearbyint(x) : x;
  return rounded < low ? low : rounded > high ? high : rounded;
}

static void fill_numbers(const cr_smote* smote, const cr_column* column, size_t n_rows,
                         double* number, int32_t* integer) {
  const number_kind kind = kind_of(column, n_rows);
  for (size_t s = 0; s < smote->n_new; s++) {
    const double from = cr_column_value(column, smote->from[s]);
    const double to = cr_column_value(column, smote->to[s]);
    const double x = between(from, to, smote->gap[s], kind);
    if (number != NULL) {
      number[s] = x;
    } else {
      integer[s] = x != x ? CR_MISSING_INT : (int32_t)x;
    }
  }
}

static int32_t vote(const cr_smote* smote, const cr_column* column, size_t s) {
  const uint32_t* neighbour = smote->neighbour + smote->seed[s] * smote->k;
  const int32_t own = column->integer[smote->from[s]];
  int32_t best = own;
  size_t most = 0;
  for (size_t r = 0; r <= smote->k; r++) {  // its own level stands first, without a vote
    const int32_t level = r == 0 ? own : column->integer[neighbour[r - 1]];
    size_t count = 0;
    for (size_t v = 0; v < smote->k; v++) {
      count += column->integer[neighbour[v]] == level;
    }
    if (count > most) {
      most = count;
      best = level;
    }
  }
  return best;
}

static void fill_levels(const cr_smote* smote, const cr_column* column, int32_t* level) {
  for (size_t s = 0; s < smote->n_new; s++) {
    const bool same = s > 0 && smote->seed[s] == smote->seed[s - 1];
    level[s] = same ? level[s - 1] : vote(smote, column, s);
  }
}

typedef struct {
  const cr_smote* smote;
  const cr_frame* frame;
  void* const* out;
} filling;

static void fill_column(size_t j, int worker, void* data) {
  (void)worker;
  const filling* work = data;
  const cr_column* column = &work->frame->column[j];
  const size_t n = work->frame->n_rows;
  switch (column->type) {
    case CR_COLUMN_DOUBLE:
      fill_numbers(work->smote, column, n, work->out[j], NULL);
      break;
    case CR_COLUMN_INTEGER:
      fill_numbers(work->smote, column, n, NULL, work->out[j]);
      break;
    case CR_COLUMN_LEVEL: fill_levels(work->smote, column, work->out[j]); break;
  }
}

cr_status cr_smote_fill(const cr_smote* smote, const cr_frame* frame, void* const* out,
                        const cr_run* run, cr_error* err) {
  filling work = {smote, frame, out};
  return cr_team_for(run, frame->n_columns, fill_column, &work, err);
}
