#include "model/records.h"

#include "base/mem.h"
#include "model_scene.h"

static void open_boost_scene(cr_scorer* scorer) {
  cr_writer w = {0};
  write_scene("boost", &w);
  CHECK(open_scene(w.bytes, w.n, scorer, NULL) == CR_OK);
  cr_writer_free(&w);
}

static void test_fill(void) {
  cr_scorer scorer = {0};
  cr_records rows = {0};
  open_boost_scene(&scorer);
  CHECK(cr_records_make(&scorer.contract, 3, &rows, NULL) == CR_OK);
  // home, where the field's BOAT is no level of the column, then the pay of a month
  const double value[] = {2, 3, 1, 3, NAN, 4};
  for (size_t n = 3; n > 0; n--) {
    cr_records_fill(&scorer.inputs, &scorer.contract, value, 3, n, &rows);
    CHECK(rows.frame.n_rows == n && rows.frame.n_columns == 2);
    const cr_column *home = &rows.frame.column[0], *income = &rows.frame.column[1];
    CHECK(home->type == CR_COLUMN_LEVEL && income->type == CR_COLUMN_DOUBLE);
    CHECK(home->integer[0] == 1 && income->number[0] == 36);
    if (n > 1) CHECK(home->integer[1] == 2 && isnan(income->number[1]));
    if (n > 2) CHECK(home->integer[2] == CR_MISSING_INT && income->number[2] == 48);
  }
  cr_records_free(&rows);
  cr_records_free(&rows);
  CHECK_ALLOCATIONS(cr_records_make(&scorer.contract, 3, &rows, NULL),
                    cr_records_free(&rows));
  cr_scorer_free(&scorer);
}

// A list as a file has it, read as one row.
static cr_status read_list(const cr_writer* w, cr_records* rows,
                           const cr_scorer* scorer) {
  cr_value* v = NULL;
  uint8_t* bytes = cr_alloc_aligned(w->n, 1);
  memcpy(bytes, w->bytes, w->n);
  CHECK(cr_value_read(bytes, w->n, &v, NULL) == CR_OK);
  const cr_status status = cr_records_read(v, &scorer->contract, rows, NULL);
  cr_free(v);
  cr_free_aligned(bytes);
  return status;
}

static void test_read(void) {
  cr_scorer scorer = {0};
  cr_records rows = {0};
  open_boost_scene(&scorer);
  CHECK(cr_records_make(&scorer.contract, 1, &rows, NULL) == CR_OK);
  static const struct {
    const char *first, *second, *home;
    cr_status status;
    int32_t code;
  } cases[] = {{"home", "income", "RENT", CR_OK, 2},
               {"home", "income", "OWN", CR_OK, 1},
               {"home", "income", "BOAT", CR_OK, CR_MISSING_INT},
               {"home", "income", NULL, CR_OK, CR_MISSING_INT},
               {"income", "home", "OWN", CR_EMODEL, 0},
               {"home", "incom", "OWN", CR_EMODEL, 0}};
  for (size_t k = 0; k < sizeof cases / sizeof *cases; k++) {
    cr_writer w = {0};
    put_list(&w, 2, NAMES(cases[k].first, cases[k].second));
    put_texts(&w, 1, NAMES(cases[k].home));
    put_numbers(&w, 1, NUMBERS(12.5));
    CHECK(read_list(&w, &rows, &scorer) == cases[k].status);
    if (cases[k].status == CR_OK) {
      CHECK(rows.frame.n_rows == 1 && rows.frame.column[0].integer[0] == cases[k].code);
      CHECK(rows.frame.column[1].number[0] == 12.5);
    }
    cr_writer_free(&w);
  }
  // no list, no names, of another length
  CHECK(cr_records_read(NULL, &scorer.contract, &rows, NULL) == CR_EMODEL);
  for (size_t n = 1; n <= 2; n++) {
    cr_writer w = {0};
    put_list(&w, n, n == 1 ? NAMES("home") : NULL);
    for (size_t k = 0; k < n; k++) put_texts(&w, 1, NAMES("OWN"));
    CHECK(read_list(&w, &rows, &scorer) == CR_EMODEL);
    cr_writer_free(&w);
  }
  cr_records_free(&rows);
  cr_scorer_free(&scorer);
}

void test_records(void) {
  test_fill();
  test_read();
}
