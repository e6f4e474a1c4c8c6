#include "tree/part.h"

#include "tree/scan.h"

cr_part cr_part_plan(const cr_worker* me, const cr_leaf* leaf) {
  cr_part part = {.bag_piece = cr_grower_piece(leaf->n, me->size),
                  .rider_piece = cr_grower_piece(leaf->rider_n, me->size)};
  part.n_bag_pieces = cr_piece_count(leaf->n, part.bag_piece);
  part.n_rider_pieces = cr_piece_count(leaf->rider_n, part.rider_piece);
  cr_split_table(&leaf->best, part.table);
  return part;
}

// Count units of the flagged rows that go left; nothing to do where every row is one.
static int64_t count_left(const cr_grower* grower, const cr_leaf* leaf, size_t from,
                          size_t to) {
  if (grower->row_count == NULL) return 0;
  const uint32_t* row = grower->bag.row[leaf->buffer];
  int64_t count = 0;
  for (size_t i = from; i < to; i++) {
    if (grower->bag.flag[i]) count += grower->row_count[row[i]];
  }
  return count;
}

void cr_part_flag(cr_worker* me, cr_grower* grower, const cr_leaf* leaf,
                  const cr_part* part) {
  const uint8_t* column =
      grower->codes->column + (size_t)leaf->best.feature * grower->codes->n_rows;
  size_t item;
  while (cr_team_next(me, &grower->flagging, part->n_bag_pieces + part->n_rider_pieces,
                      false, &item)) {
    const bool in_bag = item < part->n_bag_pieces;
    const size_t piece = in_bag ? item : item - part->n_bag_pieces;
    const size_t size = in_bag ? part->bag_piece : part->rider_piece;
    const size_t n = in_bag ? leaf->n : leaf->rider_n;
    const size_t start = in_bag ? leaf->start : leaf->rider_start;
    const size_t from = start + piece * size, to = start + cr_piece_end(n, size, piece);
    size_t* n_left = in_bag ? grower->piece_left : grower->piece_rider_left;
    n_left[piece] = cr_rows_flag(in_bag ? &grower->bag : &grower->riders, leaf->buffer,
                                 from, to, column, part->table);
    if (in_bag) grower->piece_count[piece] = count_left(grower, leaf, from, to);
  }
}

// Where a piece's left and right rows start, given the left counts of all pieces.
static void places(const size_t* n_left, size_t piece, size_t size, size_t start,
                   size_t all_left, size_t* left, size_t* right) {
  size_t before = 0;
  for (size_t c = 0; c < piece; c++) before += n_left[c];
  *left = start + before;
  *right = start + all_left + (piece * size - before);
}

static size_t sum(const size_t* x, size_t n) {
  size_t total = 0;
  for (size_t i = 0; i < n; i++) total += x[i];
  return total;
}

size_t cr_part_bag_left(const cr_grower* grower, const cr_part* part) {
  return sum(grower->piece_left, part->n_bag_pieces);
}

int64_t cr_part_count_left(const cr_grower* grower, const cr_part* part) {
  if (grower->row_count == NULL) return (int64_t)cr_part_bag_left(grower, part);
  int64_t count = 0;
  for (size_t i = 0; i < part->n_bag_pieces; i++) count += grower->piece_count[i];
  return count;
}

size_t cr_part_rider_left(const cr_grower* grower, const cr_part* part) {
  return sum(grower->piece_rider_left, part->n_rider_pieces);
}

void cr_part_move(cr_worker* me, cr_grower* grower, const cr_leaf* leaf,
                  const cr_part* part, bool build, bool left_is_smaller) {
  const size_t bag_left = sum(grower->piece_left, part->n_bag_pieces);
  const size_t rider_left = sum(grower->piece_rider_left, part->n_rider_pieces);
  size_t item, left, right;
  while (cr_team_next(me, &grower->moving, part->n_bag_pieces + part->n_rider_pieces,
                      false, &item)) {
    if (item >= part->n_bag_pieces) {
      const size_t piece = item - part->n_bag_pieces;
      places(grower->piece_rider_left, piece, part->rider_piece, leaf->rider_start,
             rider_left, &left, &right);
      cr_rows_move(
          &grower->riders, leaf->buffer, leaf->rider_start + piece * part->rider_piece,
          leaf->rider_start + cr_piece_end(leaf->rider_n, part->rider_piece, piece), left,
          right);
      continue;
    }
    const size_t from = item * part->bag_piece;
    const size_t to = cr_piece_end(leaf->n, part->bag_piece, item);
    places(grower->piece_left, item, part->bag_piece, leaf->start, bag_left, &left,
           &right);
    cr_rows_move(&grower->bag, leaf->buffer, leaf->start + from, leaf->start + to, left,
                 right);
    if (!build) continue;
    const size_t here = grower->piece_left[item];
    cr_scan_add(grower, me->id, 1 - leaf->buffer, left_is_smaller ? left : right,
                left_is_smaller ? here : to - from - here);
  }
}
