#include "net/nodes.h"

#include "net_scene.h"

enum { WIDTH = 16 };

static void cells_interpolate_the_columns(void) {
  static net_scene it;
  net_up(&it, 1);
  const size_t n_nodes = it.nodes.n_nodes, n = it.s.n;
  float* coefficient = random_floats(n_nodes * WIDTH, 1);
  float *vector = random_floats(n_nodes * WIDTH, 2),
        *table = random_floats(2 * n_nodes * WIDTH, 3);
  float* out = cr_alloc_zero(n * WIDTH, sizeof *out);
  cr_nodes_expand(&it.nodes, &SCALES, coefficient, WIDTH, CR_SIMD_BEST, vector);
  cr_nodes_table(&it.nodes, vector, WIDTH, CR_SIMD_BEST, table);
  cr_nodes_add(&it.nodes, it.cell, NULL, n, table, WIDTH, CR_SIMD_BEST, out);
  double worst = 0.0;
  for (size_t i = 0; i < n; i++) {
    for (size_t c = 0; c < WIDTH; c += 5) {
      const double want = layer_value(&it, i, coefficient, WIDTH, c);
      worst = fmax(worst, fabs((double)out[i * WIDTH + c] - want));
    }
  }
  CHECK(worst < 5e-5);  // a fraction has 18 bits
  cr_free(out);
  cr_free(table);
  cr_free(vector);
  cr_free(coefficient);
  net_down(&it);
}

// <what comes out, x> = <what went in, transpose of x>: for both halves of the layer.
static void gradients_are_transposes(void) {
  static net_scene it;
  net_up(&it, 2);
  const size_t n_nodes = it.nodes.n_nodes, n = 100;
  uint32_t row[100];
  for (uint32_t i = 0; i < n; i++) row[i] = 29 * i;
  float* coefficient = random_floats(n_nodes * WIDTH, 4);
  float *vector = random_floats(n_nodes * WIDTH, 5),
        *table = random_floats(2 * n_nodes * WIDTH, 6);
  float *out = cr_alloc_zero(n * WIDTH, sizeof *out),
        *delta = random_floats(n * WIDTH, 7);
  float* spread = cr_alloc_zero(2 * n_nodes * WIDTH, sizeof *spread);
  float* gradient = random_floats(n_nodes * WIDTH, 8);
  cr_nodes_expand(&it.nodes, &SCALES, coefficient, WIDTH, CR_SIMD_BEST, vector);
  cr_nodes_table(&it.nodes, vector, WIDTH, CR_SIMD_BEST, table);
  cr_nodes_add(&it.nodes, it.cell, row, n, table, WIDTH, CR_SIMD_BEST, out);
  const double through = inner(out, delta, n * WIDTH);
  cr_nodes_spread(&it.nodes, it.cell, row, n, delta, WIDTH, CR_SIMD_BEST, spread);
  CHECK_NEAR(inner(table, spread, 2 * n_nodes * WIDTH), through, 1e-3);
  cr_nodes_collapse(&it.nodes, &SCALES, spread, WIDTH, CR_SIMD_BEST, gradient);
  CHECK_NEAR(inner(coefficient, gradient, n_nodes * WIDTH), through, 1e-3);
  cr_free(gradient);
  cr_free(spread);
  cr_free(delta);
  cr_free(out);
  cr_free(table);
  cr_free(vector);
  cr_free(coefficient);
  net_down(&it);
}

typedef struct {
  float *vector, *table, *out, *spread, *gradient;
} results;

static results run_all(const net_scene* it, cr_simd simd) {
  const size_t n_nodes = it->nodes.n_nodes, n = 37;
  float *coefficient = random_floats(n_nodes * WIDTH, 4),
        *delta = random_floats(n * WIDTH, 7);
  results r = {cr_alloc_zero(n_nodes * WIDTH, sizeof(float)),
               cr_alloc_zero(2 * n_nodes * WIDTH, sizeof(float)),
               cr_alloc_zero(n * WIDTH, sizeof(float)),
               cr_alloc_zero(2 * n_nodes * WIDTH, sizeof(float)),
               cr_alloc_zero(n_nodes * WIDTH, sizeof(float))};
  cr_nodes_expand(&it->nodes, &SCALES, coefficient, WIDTH, simd, r.vector);
  cr_nodes_table(&it->nodes, r.vector, WIDTH, simd, r.table);
  cr_nodes_add(&it->nodes, it->cell, NULL, n, r.table, WIDTH, simd, r.out);
  cr_nodes_spread(&it->nodes, it->cell, NULL, n, delta, WIDTH, simd, r.spread);
  cr_nodes_collapse(&it->nodes, &SCALES, r.spread, WIDTH, simd, r.gradient);
  cr_free(delta);
  cr_free(coefficient);
  return r;
}

static void free_results(results* r) {
  cr_free(r->vector);
  cr_free(r->table);
  cr_free(r->out);
  cr_free(r->spread);
  cr_free(r->gradient);
}

static void width_of_registers_changes_no_bit(void) {
  static net_scene it;
  net_up(&it, 3);
  const size_t nodes = it.nodes.n_nodes * WIDTH * sizeof(float);
  results wide = run_all(&it, CR_SIMD_BEST), plain = run_all(&it, CR_SIMD_PORTABLE);
  CHECK(memcmp(wide.vector, plain.vector, nodes) == 0);
  CHECK(memcmp(wide.table, plain.table, 2 * nodes) == 0);
  CHECK(memcmp(wide.out, plain.out, 37 * WIDTH * sizeof(float)) == 0);
  CHECK(memcmp(wide.spread, plain.spread, 2 * nodes) == 0);
  CHECK(memcmp(wide.gradient, plain.gradient, nodes) == 0);
  free_results(&wide);
  free_results(&plain);
  net_down(&it);
}

// Values that training had not: beyond the range, missing where none was, odd levels.
static void unknown_values_have_cells(void) {
  static net_scene it;
  net_up(&it, 4);
  scene* s = &it.s;
  double wild[] = {-1e300, 1e300, NAN, INFINITY, -INFINITY};
  int32_t flag[] = {CR_MISSING_INT, 7, -7, 0, 1}, level[] = {0, 6, -1, CR_MISSING_INT, 5};
  const cr_column column[] = {{.type = CR_COLUMN_DOUBLE, .number = wild},
                              {.type = CR_COLUMN_DOUBLE, .number = wild},
                              {.type = CR_COLUMN_INTEGER, .integer = flag},
                              {.type = CR_COLUMN_LEVEL, .integer = level, .n_levels = 6}};
  const cr_frame frame = {5, COLUMNS, column};
  uint32_t cell[5 * COLUMNS];
  CHECK(it.nodes.n_used == COLUMNS);
  cr_nodes_encode(&it.nodes, &frame, 0, 5, cell);
  const cr_nodes* nodes = &it.nodes;
  const uint32_t end = nodes->first[0] + nodes->on_line[0];
  CHECK(cell[0] >> CR_NODE_BITS == nodes->first[0]);
  CHECK(cell[COLUMNS] >> CR_NODE_BITS == end - 1);
  CHECK(cell[3 * COLUMNS] == cell[COLUMNS] && cell[4 * COLUMNS] == cell[0]);
  // missing without a term of its own is the mean
  const uint32_t at = cell[2 * COLUMNS] >> CR_NODE_BITS;
  CHECK(nodes->z[at] <= 0.0 && nodes->z[at + 1] > 0.0 && !s->design.missing[0]);
  CHECK(cell[2 * COLUMNS + 1] >> CR_NODE_BITS == nodes->first[2] - 1);
  for (size_t i = 0; i < 4; i++) {  // levels: the term of missing
    CHECK(cell[i * COLUMNS + 3] >> CR_NODE_BITS == nodes->first[4] - 2);
  }
  CHECK(cell[4 * COLUMNS + 3] >> CR_NODE_BITS == nodes->first[3] + 4);
  net_down(&it);
}

static void failures_leave_nothing_behind(void) {
  static net_scene it;
  net_up(&it, 5);
  cr_nodes nodes = {0};
  for (long k = 1; k <= 6; k++) {
    const long live = check_live_blocks();
    check_fail_alloc(k);
    CHECK(cr_nodes_make(&it.s.design, &nodes, NULL) == CR_ENOMEM);
    cr_nodes_free(&nodes);
    CHECK(check_live_blocks() == live);
  }
  check_fail_alloc(0);
  net_down(&it);
}

void test_nodes(void) {
  cells_interpolate_the_columns();
  gradients_are_transposes();
  width_of_registers_changes_no_bit();
  unknown_values_have_cells();
  failures_leave_nothing_behind();
}
