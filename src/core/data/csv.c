#include "data/csv.h"

#include <stdatomic.h>
#include <string.h>

#include "base/mem.h"
#include "data/scan.h"

// ---- opening ----

static cr_status add_canonical(cr_dict* dict, const unsigned char* text, size_t n,
                               size_t (*canonical)(const unsigned char* text, size_t n,
                                                   unsigned char* out),
                               cr_error* err) {
  unsigned char* buffer = cr_alloc(n, 1);
  if (buffer == NULL) return cr_fail(err, CR_ENOMEM, "memory", "no memory for a name");
  uint32_t code;
  const cr_status status =
      cr_dict_put(dict, buffer, canonical(text, n, buffer), &code, err);
  cr_free(buffer);
  return status;
}

cr_status cr_csv_add_known(cr_csv* csv, const unsigned char* name, size_t n,
                           cr_error* err) {
  return add_canonical(&csv->known, name, n, cr_header_canonical, err);
}

cr_status cr_csv_add_status(cr_csv* csv, const unsigned char* status, size_t n,
                            cr_error* err) {
  return add_canonical(&csv->statuses, status, n, cr_intake_status, err);
}

cr_status cr_csv_open(cr_csv* csv, cr_source* source, cr_error* err) {
  csv->source = source;
  cr_block* block = &csv->block[0];
  const cr_status status = cr_block_read(block, NULL, source, err);
  if (status != CR_OK) return status;
  const bool mark = block->n >= 3 && memcmp(block->bytes, "\xef\xbb\xbf", 3) == 0;
  block->used = mark ? 3 : 0;
  return cr_header_find(block->bytes + block->used, block->n - block->used, block->last,
                        &csv->known, &csv->header, err);
}

// ---- reading ----

// What the team shares. Between two barriers `parsed` is being parsed by all while one
// member fills the other block, so nothing is written by two.
typedef struct {
  cr_csv* csv;
  cr_counter next;
  size_t* wanted;  // the columns that are parsed
  size_t n_wanted;
  int parsed;  // block whose columns are parsed in this round
  bool over;

  atomic_flag failed;  // the first failure keeps its words
  cr_error err;
} round_state;

static void fail_round(cr_worker* me, round_state* state, const cr_error* err) {
  if (!atomic_flag_test_and_set(&state->failed)) state->err = *err;
  cr_team_abort(me, err->status);
}

static cr_status fill_next(round_state* state, cr_error* err) {
  cr_csv* csv = state->csv;
  const cr_block* before = &csv->block[state->parsed];
  cr_block* block = &csv->block[1 - state->parsed];
  const cr_status status = cr_block_read(block, before, csv->source, err);
  return status == CR_OK ? cr_block_index(block, &csv->intake, err) : status;
}

static cr_status parse_column(round_state* state, size_t j, cr_error* err) {
  const cr_block* block = &state->csv->block[state->parsed];
  return cr_column_add(&state->csv->column[j], &block->rows, j, block->first_row, err);
}

// Item 0 is the next block, the longest piece of work; then come the columns.
static void run_round(cr_worker* me, round_state* state) {
  size_t item;
  while (cr_team_next(me, &state->next, 1 + state->n_wanted, false, &item)) {
    cr_error err;
    const cr_status status = item == 0
                                 ? fill_next(state, &err)
                                 : parse_column(state, state->wanted[item - 1], &err);
    if (status != CR_OK) fail_round(me, state, &err);
  }
}

static void read_rounds(cr_worker* me, void* data) {
  round_state* state = data;
  for (;;) {
    run_round(me, state);
    cr_team_barrier(me);
    if (cr_team_cancelled(me)) return;
    if (me->id == 0) {
      cr_team_progress(me, cr_source_progress(state->csv->source));
      const cr_block* done = &state->csv->block[state->parsed];
      state->parsed = 1 - state->parsed;
      const cr_block* ready = &state->csv->block[state->parsed];
      // nothing was left before this block was filled, and nothing came
      state->over = done->last && done->used == done->n && ready->n == 0;
      cr_counter_reset(&state->next);
    }
    cr_team_barrier(me);
    if (state->over || cr_team_cancelled(me)) return;
  }
}

static cr_status make_columns(cr_csv* csv, const cr_cell_type* types, round_state* state,
                              cr_error* err) {
  const size_t n = csv->header.n_fields;
  csv->column = cr_alloc_zero(n, sizeof *csv->column);
  state->wanted = cr_alloc(n, sizeof *state->wanted);
  if (csv->column == NULL || state->wanted == NULL) {
    return cr_fail(err, CR_ENOMEM, "memory", "no memory for %zu columns", n);
  }
  for (size_t j = 0; j < n; j++) {
    csv->column[j].type = types[j];
    if (types[j] != CR_CELL_SKIP) state->wanted[state->n_wanted++] = j;
  }
  return CR_OK;
}

cr_status cr_csv_read(cr_csv* csv, const cr_cell_type* types, size_t status_field,
                      const cr_run* run, cr_error* err) {
  round_state state = {.csv = csv, .failed = ATOMIC_FLAG_INIT};
  csv->intake = (cr_intake){.header = &csv->header,
                            .known = &csv->known,
                            .status_field = status_field,
                            .statuses = &csv->statuses,
                            .line = 1};
  cr_status status = CR_OK;
  CR_TRY(make_columns(csv, types, &state, err));
  CR_TRY(cr_block_skip_header(&csv->block[0], &csv->intake, err));
  CR_TRY(cr_block_index(&csv->block[0], &csv->intake, err));
  status = cr_team_run(run, read_rounds, &state, err);
  if (status != CR_OK && status != CR_ECANCELLED && err != NULL) *err = state.err;
done:
  cr_free(state.wanted);
  return status;
}

void cr_csv_free(cr_csv* csv) {
  cr_source_close(csv->source);
  for (size_t j = 0; csv->column != NULL && j < csv->header.n_fields; j++) {
    cr_column_free(&csv->column[j]);
  }
  cr_free(csv->column);
  cr_block_free(&csv->block[0]);
  cr_block_free(&csv->block[1]);
  cr_intake_free(&csv->intake);
  cr_header_free(&csv->header);
  cr_dict_free(&csv->known);
  cr_dict_free(&csv->statuses);
  *csv = (cr_csv){0};
}
