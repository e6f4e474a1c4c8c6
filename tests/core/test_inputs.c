#include "model/inputs.h"

#include "base/mem.h"
#include "model_scene.h"

// Fields of every type, the last a level, over the scene's two columns.
static void write_fields(cr_writer* w) {
  put_list(w, 13,
           NAMES("name", "type", "levels", "otherwise", "alias", "alias_field",
                 "alias_code", "start", "op", "argument", "number", "map_start", "map"));
  put_texts(w, 8, NAMES("a", "b", "c", "d", "e", "f", "g", "h"));
  put_texts(
      w, 8,
      NAMES("number", "count", "percent", "term", "month", "years", "date", "level"));
  put_list(w, 8, NULL);
  for (int f = 0; f < 7; f++) put_texts(w, 0, NULL);
  put_texts(w, 2, NAMES("OWN", "RENT"));
  put_integers(w, 8, INTEGERS(0, 0, 0, 0, 0, 0, 0, 2));
  put_texts(w, 2, NAMES("own", "LEASE"));
  put_integers(w, 2, INTEGERS(7, 7));
  put_integers(w, 2, INTEGERS(1, 2));
  put_integers(w, 3, INTEGERS(0, 1, 2));
  put_integers(w, 2, INTEGERS(CR_OP_LOAD, CR_OP_LOAD));
  put_integers(w, 2, INTEGERS(7, 0));
  put_numbers(w, 0, NULL);
  put_integers(w, 1, INTEGERS(0));
  put_integers(w, 0, NULL);
}

typedef struct {
  cr_value *columns, *section;
  uint8_t *first, *second;
  cr_contract contract;
  cr_inputs inputs;
} opened;

static uint8_t* copy_of(const cr_writer* w) {
  uint8_t* bytes = cr_alloc_aligned(w->n, 1);
  if (bytes != NULL && w->status == CR_OK) memcpy(bytes, w->bytes, w->n);
  return bytes;
}

static void close_all(opened* o) {
  cr_inputs_free(&o->inputs);
  cr_contract_free(&o->contract);
  cr_free(o->columns);
  cr_free(o->section);
  cr_free_aligned(o->first);
  cr_free_aligned(o->second);
  *o = (opened){0};
}

static cr_status open_all(opened* o) {
  cr_status status = CR_OK;
  cr_writer columns = {0}, fields = {0};
  put_columns(&columns);
  write_fields(&fields);
  o->first = copy_of(&columns);
  o->second = copy_of(&fields);
  if (o->first == NULL || o->second == NULL || columns.status != CR_OK ||
      fields.status != CR_OK) {
    status = CR_ENOMEM;
    goto done;
  }
  CR_TRY(cr_value_read(o->first, columns.n, &o->columns, NULL));
  CR_TRY(cr_value_read(o->second, fields.n, &o->section, NULL));
  CR_TRY(cr_contract_open(o->columns, &o->contract, NULL));
  CR_TRY(cr_inputs_open(o->section, &o->contract, &o->inputs, NULL));

done:
  cr_writer_free(&fields);
  cr_writer_free(&columns);
  if (status != CR_OK) close_all(o);
  return status;
}

static void test_parse(const cr_inputs* in) {
  static const struct {
    const char *field, *text;
    cr_cell_result result;
    double value;
  } cases[] = {{"a", "12500", CR_CELL_OK, 12500},
               {"a", " $1,234.5 ", CR_CELL_OK, 1234.5},
               {"a", "12,5", CR_CELL_COMMA, -1},
               {"a", "twelve", CR_CELL_BAD, -1},
               {"a", "", CR_CELL_MISSING, NAN},
               {"a", "NA", CR_CELL_MISSING, NAN},
               {"a", "1e999", CR_CELL_BAD, -1},
               {"b", "3", CR_CELL_OK, 3},
               {"b", "3.5", CR_CELL_BAD, -1},
               {"c", "10.65%", CR_CELL_OK, 10.65},
               {"d", " 36 months", CR_CELL_OK, 36},
               {"e", "Dec-2011", CR_CELL_OK, 12 * 2011 + 11},
               {"e", "2011-12", CR_CELL_OK, 12 * 2011 + 11},
               {"e", "Jan-85", CR_CELL_OK, 12 * 1985},
               {"f", "10+ years", CR_CELL_OK, 10},
               {"f", "n/a", CR_CELL_MISSING, NAN},
               {"g", "1970-01-11", CR_CELL_OK, 10},
               {"h", "OWN", CR_CELL_OK, 1},
               {"h", " LEASE ", CR_CELL_OK, 2},
               {"h", "own", CR_CELL_OK, 1},
               {"h", "CASTLE", CR_CELL_OK, 2},
               {"h", "", CR_CELL_MISSING, NAN}};
  for (size_t k = 0; k < sizeof cases / sizeof *cases; k++) {
    const size_t field = cr_inputs_find(in, cases[k].field, 1);
    const char* text = cases[k].text;
    double value = -1;
    const cr_cell_result result = cr_inputs_parse(in, field, (const unsigned char*)text,
                                                  strlen(text), 12 * 2011 + 11, &value);
    CHECK(result == cases[k].result);
    CHECK(value == cases[k].value ||
          (value != value && cases[k].value != cases[k].value));
    if (result != cases[k].result) printf("    `%s` gave %d\n", text, (int)result);
  }
  CHECK(cr_inputs_find(in, "z", 1) == in->n_fields);
}

static cr_status open_and_close(void) {
  opened o = {0};
  const cr_status status = open_all(&o);
  close_all(&o);
  return status;
}

void test_inputs(void) {
  opened o = {0};
  CHECK(open_all(&o) == CR_OK);
  CHECK(o.inputs.n_fields == 8);
  test_parse(&o.inputs);

  // three rows of eight fields: home from field h, income from field a
  double value[24] = {10, 20, NAN}, number[6];
  int32_t code[6];
  value[21] = 2;
  value[22] = 9;
  value[23] = NAN;
  cr_inputs_columns(&o.inputs, &o.contract, value, 3, 3, number, code);
  CHECK(code[0] == 2 && code[1] == CR_MISSING_INT && code[2] == CR_MISSING_INT);
  CHECK(number[3] == 10 && number[4] == 20 && number[5] != number[5]);
  close_all(&o);
  close_all(&o);
  CHECK_ALLOCATIONS(open_and_close(), (void)0);
}
