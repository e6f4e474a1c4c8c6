#include "tree/rows.h"

#include <string.h>

#include "base/mem.h"

cr_status cr_rows_make(size_t n, int with_cells, cr_rows* rows, cr_error* err) {
  memset(rows, 0, sizeof *rows);
  bool ok = true;
  for (int b = 0; b < 2; b++) {
    rows->row[b] = cr_alloc(n, sizeof *rows->row[b]);
    if (with_cells) rows->cell[b] = cr_alloc(n, sizeof *rows->cell[b]);
    ok = ok && rows->row[b] != NULL && (rows->cell[b] != NULL || !with_cells);
  }
  rows->flag = cr_alloc(n, sizeof *rows->flag);
  if (ok && rows->flag != NULL) return CR_OK;
  cr_rows_free(rows);
  return cr_fail(err, CR_ENOMEM, "memory", "no memory for lists of %zu rows", n);
}

void cr_rows_free(cr_rows* rows) {
  for (int b = 0; b < 2; b++) {
    cr_free(rows->row[b]);
    cr_free(rows->cell[b]);
  }
  cr_free(rows->flag);
  memset(rows, 0, sizeof *rows);
}

size_t cr_rows_flag(cr_rows* rows, int buffer, size_t from, size_t to,
                    const uint8_t* column, const uint8_t table[256]) {
  const uint32_t* row = rows->row[buffer];
  uint8_t* flag = rows->flag;
  size_t n_left = 0;
  for (size_t i = from; i < to; i++) {
    const uint8_t left = table[column[row[i]]];
    flag[i] = left;
    n_left += left;
  }
  return n_left;
}

// One store a row, at an index chosen without a branch: the direction of a row is
// close to a coin toss, and storing to both sides would touch other chunks' rows.
static void move_rows(const uint32_t* row, const uint8_t* flag, size_t n, uint32_t* to,
                      size_t left, size_t right) {
  for (size_t i = 0; i < n; i++) {
    const size_t is_left = flag[i];
    const size_t at = is_left ? left : right;
    to[at] = row[i];
    left += is_left;
    right += 1 - is_left;
  }
}

static void move_cells(const cr_cell* cell, const uint8_t* flag, size_t n, cr_cell* to,
                       size_t left, size_t right) {
  for (size_t i = 0; i < n; i++) {
    const size_t is_left = flag[i];
    const size_t at = is_left ? left : right;
    to[at] = cell[i];
    left += is_left;
    right += 1 - is_left;
  }
}

void cr_rows_move(cr_rows* rows, int buffer, size_t from, size_t to, size_t left,
                  size_t right) {
  const uint8_t* flag = rows->flag + from;
  move_rows(rows->row[buffer] + from, flag, to - from, rows->row[1 - buffer], left,
            right);
  if (rows->cell[0] == NULL) return;
  move_cells(rows->cell[buffer] + from, flag, to - from, rows->cell[1 - buffer], left,
             right);
}
