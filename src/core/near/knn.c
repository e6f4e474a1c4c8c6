#include "near/knn.h"

#include <math.h>
#include <stdbool.h>
#include <string.h>

#include "base/mem.h"
#include "near/screen.h"

#include "base/exact.h"

// Queries of one piece of work, and the bytes of base codes that they pass over together:
// a tile stays in the second-level cache while all groups of queries go by.
enum { GROUPS = 16, PIECE = GROUPS * CR_SCREEN_QUERIES, TILE_BYTES = 1 << 18 };

typedef struct {
  const cr_space* space;
  const uint32_t* base_row;
  const uint32_t* query_row;
  size_t k;
  cr_simd simd;
  cr_points base, query;
  cr_screen screen;
  size_t tile;          // panels of a tile
  int16_t* code;        // PIECE codes for each worker
  uint32_t* neighbour;  // places in the base, k for each query
  double* square;
} search;

typedef struct {
  search* all;
  size_t first;  // query
  size_t n;
  const int16_t* code;
  int32_t norm[PIECE];
  int32_t limit[PIECE];
  uint32_t self[PIECE];  // the query's place in the base, UINT32_MAX: not there
} piece;

static uint32_t place_in(const uint32_t* row, size_t n, uint32_t wanted) {
  size_t low = 0, high = n;
  while (low < high) {
    const size_t middle = low + (high - low) / 2;
    if (row[middle] < wanted) {
      low = middle + 1;
    } else {
      high = middle;
    }
  }
  return low < n && row[low] == wanted ? (uint32_t)low : UINT32_MAX;
}

static piece start_piece(search* all, size_t number, int worker) {
  piece part = {.all = all, .first = number * PIECE};
  const size_t rest = all->query.n - part.first;
  part.n = rest < PIECE ? rest : PIECE;
  int16_t* code = all->code + (size_t)worker * PIECE * all->screen.n_entries;
  part.code = code;
  for (size_t i = 0; i < PIECE; i++) {
    // a group is filled up by repeating its last query, whose results go nowhere
    const size_t query = part.first + (i < part.n ? i : part.n - 1);
    part.norm[i] = cr_screen_code(&all->screen, &all->query, query,
                                  code + i * all->screen.n_entries);
    part.limit[i] = i < part.n ? INT32_MAX : INT32_MIN;
    part.self[i] = place_in(all->base_row, all->base.n, all->query_row[query]);
  }
  for (size_t i = part.first * all->k; i < (part.first + part.n) * all->k; i++) {
    all->square[i] = INFINITY;
    all->neighbour[i] = UINT32_MAX;
  }
  return part;
}

static bool comes_before(double a, uint32_t row_a, double b, uint32_t row_b) {
  return a < b || (a == b && row_a < row_b);
}

// Puts `base` among the nearest of query i of the piece, if it belongs there.
static void offer(piece* part, size_t i, uint32_t base) {
  search* all = part->all;
  const size_t k = all->k;
  uint32_t* row = all->neighbour + (part->first + i) * k;
  double* square = all->square + (part->first + i) * k;
  const double mine =
      cr_space_distance(all->space, &all->query, part->first + i, &all->base, base);
  if (!comes_before(mine, base, square[k - 1], row[k - 1])) return;
  size_t at = k - 1;
  for (; at > 0 && comes_before(mine, base, square[at - 1], row[at - 1]); at--) {
    square[at] = square[at - 1];
    row[at] = row[at - 1];
  }
  square[at] = mine;
  row[at] = base;
  part->limit[i] = cr_screen_limit(&all->screen, square[k - 1], part->norm[i]);
}

static void pass_panel(piece* part, size_t group, size_t panel) {
  const cr_screen* screen = &part->all->screen;
  const size_t first = group * CR_SCREEN_QUERIES;
  uint32_t mask[CR_SCREEN_QUERIES];
  cr_screen_pass(screen, panel, part->code + first * screen->n_entries, CR_SCREEN_QUERIES,
                 part->limit + first, part->all->simd, mask);
  for (size_t q = 0; q < CR_SCREEN_QUERIES; q++) {
    for (uint32_t left = mask[q]; left != 0; left &= left - 1) {
      const uint32_t base =
          (uint32_t)(panel * CR_SCREEN_LANES) + (uint32_t)__builtin_ctz(left);
      if (base != part->self[first + q]) offer(part, first + q, base);
    }
  }
}

static void search_piece(size_t number, int worker, void* data) {
  search* all = data;
  piece part = start_piece(all, number, worker);
  const size_t groups = (part.n + CR_SCREEN_QUERIES - 1) / CR_SCREEN_QUERIES;
  for (size_t tile = 0; tile < all->screen.n_panels; tile += all->tile) {
    const size_t rest = all->screen.n_panels - tile;
    const size_t end = tile + (rest < all->tile ? rest : all->tile);
    for (size_t group = 0; group < groups; group++) {
      for (size_t panel = tile; panel < end; panel++) pass_panel(&part, group, panel);
    }
  }
}

static cr_status allocate(search* all, const cr_run* run, cr_error* err) {
  const size_t entries = all->screen.n_entries;
  const size_t panel_bytes = entries * CR_SCREEN_LANES * sizeof(int16_t);
  all->tile = panel_bytes == 0 ? all->screen.n_panels : TILE_BYTES / panel_bytes;
  if (all->tile == 0) all->tile = 1;
  all->code = cr_alloc((size_t)cr_team_threads(run) * PIECE, entries * sizeof *all->code);
  all->neighbour = cr_alloc(all->query.n, all->k * sizeof *all->neighbour);
  all->square = cr_alloc(all->query.n, all->k * sizeof *all->square);
  if (all->code == NULL || all->neighbour == NULL || all->square == NULL) {
    return cr_fail(err, CR_ENOMEM, "memory", "no memory for the neighbours of %zu rows",
                   all->query.n);
  }
  return CR_OK;
}

static void hand_over(const search* all, uint32_t* neighbour, double* distance) {
  for (size_t i = 0; i < all->query.n * all->k; i++) {
    neighbour[i] = all->base_row[all->neighbour[i]];
    if (distance != NULL) distance[i] = sqrt(all->square[i]);
  }
}

static void free_search(search* all) {
  cr_points_free(&all->base);
  cr_points_free(&all->query);
  cr_screen_free(&all->screen);
  cr_free(all->code);
  cr_free(all->neighbour);
  cr_free(all->square);
}

cr_status cr_knn_find(const cr_space* space, const cr_frame* frame, const uint32_t* base,
                      size_t n_base, const uint32_t* query, size_t n_query, int k,
                      const cr_run* run, uint32_t* neighbour, double* distance,
                      cr_error* err) {
  cr_status status = CR_OK;
  search all = {.space = space,
                .base_row = base,
                .query_row = query,
                .k = (size_t)k,
                .simd = run->simd};
  CR_TRY(cr_points_take(space, frame, base, n_base, run, &all.base, err));
  CR_TRY(cr_points_take(space, frame, query, n_query, run, &all.query, err));
  CR_TRY(cr_screen_build(space, frame, &all.base, run, &all.screen, err));
  CR_TRY(allocate(&all, run, err));
  CR_TRY(cr_team_for(run, (n_query + PIECE - 1) / PIECE, search_piece, &all, err));
  hand_over(&all, neighbour, distance);

done:
  free_search(&all);
  return status;
}
