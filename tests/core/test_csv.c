#include "data/csv.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/mem.h"
#include "check.h"
#include "data/date.h"

// The columns the tests know; every file of theirs has some of them.
static const char* const known[] = {"id",      "loan_amnt",   "emp_title",
                                    "issue_d", "loan_status", "earliest_cr_line"};
static const cr_cell_type types[] = {CR_CELL_NUMBER, CR_CELL_COUNT, CR_CELL_TEXT,
                                     CR_CELL_MONTH,  CR_CELL_LEVEL, CR_CELL_MONTH};
enum { N_KNOWN = 6 };

static cr_cell_type type_of(const cr_csv* csv, size_t j) {
  size_t n;
  const unsigned char* name = cr_header_name(&csv->header, j, &n);
  for (int k = 0; k < N_KNOWN; k++) {
    if (n == strlen(known[k]) && memcmp(known[k], name, n) == 0) return types[k];
  }
  return CR_CELL_TEXT;
}

static cr_status prepare(cr_csv* csv, cr_error* err) {
  cr_status status = CR_OK;
  for (int k = 0; k < N_KNOWN; k++) {
    CR_TRY(cr_csv_add_known(csv, (const unsigned char*)known[k], strlen(known[k]), err));
  }
  CR_TRY(cr_csv_add_status(csv, (const unsigned char*)"Fully Paid", 10, err));
  CR_TRY(cr_csv_add_status(csv, (const unsigned char*)"Charged Off", 11, err));
done:
  return status;
}

// Reads a text; `csv` holds the result until cr_csv_free().
static cr_status read_bytes(const char* text, size_t n, int threads, cr_csv* csv,
                            cr_error* err) {
  const cr_run run = {.threads = threads};
  cr_source* source = NULL;
  cr_cell_type* type = NULL;
  cr_status status = CR_OK;
  *csv = (cr_csv){0};
  CR_TRY(prepare(csv, err));
  CR_TRY(cr_source_open_memory(text, n, NULL, &source, err));
  CR_TRY(cr_csv_open(csv, source, err));
  type = cr_alloc(csv->header.n_fields, sizeof *type);
  if (type == NULL) {
    status = CR_ENOMEM;
    goto done;
  }
  size_t status_field = CR_NO_FIELD;
  for (size_t j = 0; j < csv->header.n_fields; j++) {
    type[j] = type_of(csv, j);
    if (type[j] == CR_CELL_LEVEL) status_field = j;
  }
  CR_TRY(cr_csv_read(csv, type, status_field, &run, err));
done:
  cr_free(type);
  if (status != CR_OK) cr_csv_free(csv);
  return status;
}

static bool adds_up(const cr_intake* intake) {
  size_t sum = 0, rejects = 0;
  for (int i = 0; i < CR_LINE_CLASSES; i++) sum += intake->count[i];
  for (int i = 0; i < CR_REJECTS; i++) rejects += intake->rejects[i];
  return sum == intake->n_records && rejects == intake->count[CR_LINE_REJECTED] &&
         intake->n_rows == intake->count[CR_LINE_KEPT];
}

// "kept banner header section footer blank repeated rejected", and the reject's reason
typedef struct {
  const char* text;
  size_t count[CR_LINE_CLASSES];
  int reason;  // of the first rejected line, -1 when there is none
  int64_t line;
} file_case;

#define HEADER "id,loan_amnt,emp_title\n"

static void test_classes(void) {
  const file_case cases[] = {
      {HEADER "1,2,a\n2,3,b\n", {2, 0, 1, 0, 0, 0, 0, 0}, -1, 0},
      {HEADER, {0, 0, 1, 0, 0, 0, 0, 0}, -1, 0},
      {"\xef\xbb\xbf" HEADER "1,2,a", {1, 0, 1, 0, 0, 0, 0, 0}, -1, 0},
      {"Notes offered by Prospectus (x)\n\n" HEADER "1,2,a\n",
       {1, 1, 1, 0, 0, 1, 0, 0},
       -1,
       0},
      {"a \"b\n" HEADER "1,2,a\n", {1, 1, 1, 0, 0, 0, 0, 0}, -1, 0},
      {HEADER "1,2,a\n\n,,\n\"\",\"\",\"\"\n \n", {1, 0, 1, 0, 0, 4, 0, 0}, -1, 0},
      {HEADER "1,2,a\nLoans that do not meet the credit policy\n2,3,b\n",
       {2, 0, 1, 1, 0, 0, 0, 0},
       -1,
       0},
      {HEADER "1,2,a\nTotal amount funded in policy code 1: 2\n",
       {1, 0, 1, 0, 1, 0, 0, 0},
       -1,
       0},
      {HEADER "Total amount funded in policy code 2: 0,,\n",
       {0, 0, 1, 0, 1, 0, 0, 0},
       -1,
       0},
      {HEADER "1,2,a\n" HEADER "2,3,b\n", {2, 0, 1, 0, 0, 0, 1, 0}, -1, 0},
      {HEADER "1,2,a\n\"id\",\"loan_amnt\",\"emp_title\"\n",
       {1, 0, 1, 0, 0, 0, 1, 0},
       -1,
       0},
      {HEADER "1,2\n2,3,b\n", {1, 0, 1, 0, 0, 0, 0, 1}, CR_REJECT_SHORT, 2},
      {HEADER "1,2,a,x\n2,3,b\n", {1, 0, 1, 0, 0, 0, 0, 1}, CR_REJECT_LONG, 2},
      {HEADER "1,2,a\n2,3", {1, 0, 1, 0, 0, 0, 0, 1}, CR_REJECT_TRUNCATED, 3},
      {HEADER "1,2,a\n2,3,\"b", {1, 0, 1, 0, 0, 0, 0, 1}, CR_REJECT_TRUNCATED, 3},
      {HEADER "1,2,\"a\n2,3,b\n4,5,c\n", {2, 0, 1, 0, 0, 0, 0, 1}, CR_REJECT_UNCLOSED, 2},
      {HEADER "1,2,\"a\"x\n2,3,b\n", {1, 0, 1, 0, 0, 0, 0, 1}, CR_REJECT_QUOTE, 2},
      {HEADER "1,2,a\"\n2,3,b\n", {1, 0, 1, 0, 0, 0, 0, 1}, CR_REJECT_QUOTE, 2},
      // the quote swallows two lines and closes by chance: only the first is lost
      {HEADER "1,2,\"a\n2,3,b\n3,4,x\",4\n4,5,c\n",
       {2, 0, 1, 0, 0, 0, 0, 2},
       CR_REJECT_LONG,
       2},
      {HEADER "1,2,\"a\nb\"\n3,4\n", {1, 0, 1, 0, 0, 0, 0, 1}, CR_REJECT_SHORT, 4},
      {"id;loan_amnt;emp_title\n1;2;a\n", {1, 0, 1, 0, 0, 0, 0, 0}, -1, 0},
      {"id\tloan_amnt\temp_title\n1\t2\ta\n", {1, 0, 1, 0, 0, 0, 0, 0}, -1, 0},
      {"id|loan_amnt|emp_title\n1|2|a\n", {1, 0, 1, 0, 0, 0, 0, 0}, -1, 0},
      {"loan_amnt\n5\n\n6\n", {2, 0, 1, 0, 0, 1, 0, 0}, -1, 0},
      {HEADER "1,2,a\r2,3,b\r\n3,4,c\n", {3, 0, 1, 0, 0, 0, 0, 0}, -1, 0},
      {HEADER "1,2,a\n\x1a", {1, 0, 1, 0, 0, 0, 0, 1}, CR_REJECT_TRUNCATED, 3},
      {"id,loan_status\n1,Fully Paid\n2, charged  off \n3,\n4,NA\n5,Sold\n",
       {4, 0, 1, 0, 0, 0, 0, 1},
       CR_REJECT_STATUS,
       6},
  };
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
    cr_csv csv;
    cr_error err = {.code = ""};
    const cr_status status =
        read_bytes(cases[i].text, strlen(cases[i].text), 1, &csv, &err);
    const cr_intake* intake = &csv.intake;
    bool ok = status == CR_OK && adds_up(intake) &&
              memcmp(intake->count, cases[i].count, sizeof intake->count) == 0;
    if (ok && cases[i].reason >= 0) {
      ok = intake->rejected[0].reason == (cr_reject)cases[i].reason &&
           intake->rejected[0].line == cases[i].line;
    }
    CHECK(ok);
    if (!ok) printf("    case %zu %s: %s\n", i, err.code, cases[i].text);
    cr_csv_free(&csv);
  }
}

static void test_nul(void) {
  const char text[] = HEADER "1,2,a\n2,3,b\0c\n3,4,d\n";
  cr_csv csv;
  CHECK(read_bytes(text, sizeof text - 1, 1, &csv, NULL) == CR_OK);
  CHECK(csv.intake.rejects[CR_REJECT_NUL] == 1 && csv.intake.n_nul == 1);
  CHECK(csv.intake.n_rows == 2 && adds_up(&csv.intake));
  cr_csv_free(&csv);
}

static bool fails_with(const char* text, size_t n, const char* code) {
  cr_csv csv;
  cr_error err = {.code = ""};
  const cr_status status = read_bytes(text, n, 1, &csv, &err);
  if (status == CR_OK) cr_csv_free(&csv);
  if (status != CR_OK && strcmp(err.code, code) == 0) return true;
  printf("    expected %s, got \"%s\"\n", code, err.code);
  return false;
}

#define FAILS_WITH(text, code) fails_with(text, strlen(text), code)

static void test_refusals(void) {
  CHECK(FAILS_WITH("a,b\n1,2\n", "no_header") && FAILS_WITH("id,b\n1,2", "no_header"));
  CHECK(FAILS_WITH("hello\nworld\n", "delimiter"));
  CHECK(FAILS_WITH("id^loan_amnt^emp_title\n1^2^a\n", "delimiter"));
  CHECK(FAILS_WITH(HEADER "1,2,a\nid,loan_amnt\n1,2\n", "other_header"));
  CHECK(FAILS_WITH(HEADER "1,2,a\nloan_amnt,id,emp_title\n1,2,x\n", "other_header"));

  enum { LARGE = 20 << 20 };
  char* text = malloc(LARGE);
  memset(text, 'x', LARGE);
  memcpy(text, HEADER "1,2,", 27);
  CHECK(fails_with(text, LARGE, "field_limit"));
  for (size_t i = 27; i < LARGE; i += 100) text[i] = ',';
  CHECK(fails_with(text, LARGE, "line_limit"));
  memset(text, ',', 20000);
  memcpy(text, "id,loan_amnt", 12);
  text[20000] = '\n';
  CHECK(fails_with(text, 20001, "column_limit"));
  memset(text, 'x', 5000);
  memcpy(text, "id,loan_amnt,", 13);
  text[5000] = '\n';
  CHECK(fails_with(text, 5001, "name_limit"));
  free(text);
}

static bool name_is(const cr_csv* csv, size_t j, const char* wanted) {
  size_t n;
  const unsigned char* name = cr_header_name(&csv->header, j, &n);
  return n == strlen(wanted) && memcmp(name, wanted, n) == 0;
}

static void test_unnamed_columns(void) {
  cr_csv csv;
  const char first[] = "id,loan_amnt\nr1,1,2\nr2,3,4\n";  // row names
  CHECK(read_bytes(first, sizeof first - 1, 1, &csv, NULL) == CR_OK);
  CHECK(csv.header.n_fields == 3 && name_is(&csv, 0, "") &&
        name_is(&csv, 2, "loan_amnt"));
  CHECK(csv.intake.n_rows == 2);
  cr_csv_free(&csv);
  const char last[] = "id,loan_amnt\n1,2,\n3,4,\nid,loan_amnt\n";  // commas too many
  CHECK(read_bytes(last, sizeof last - 1, 1, &csv, NULL) == CR_OK);
  CHECK(csv.header.n_fields == 3 && name_is(&csv, 0, "id") && name_is(&csv, 2, ""));
  CHECK(csv.intake.n_rows == 2);
  cr_csv_free(&csv);
  const char one[] = "id,loan_amnt\n1,2\n1,2,3\n4,5\n";  // one long row is no rule
  CHECK(read_bytes(one, sizeof one - 1, 1, &csv, NULL) == CR_OK);
  CHECK(csv.header.n_fields == 2 && csv.intake.n_rows == 2);
  cr_csv_free(&csv);

  unsigned char out[64];
  const char ratio[] = " Debt-To-Income Ratio ";
  const size_t n =
      cr_header_canonical((const unsigned char*)ratio, sizeof ratio - 1, out);
  CHECK(n == 20 && memcmp(out, "debt_to_income_ratio", n) == 0);
}

static bool text_is(const cr_column_builder* column, int32_t code, const char* wanted) {
  size_t n;
  const unsigned char* text = cr_dict_text(&column->dict, (uint32_t)code, &n);
  return n == strlen(wanted) && memcmp(text, wanted, n) == 0;
}

static void test_values(void) {
  const char text[] =
      "id,loan_amnt,emp_title,issue_d,loan_status,earliest_cr_line\n"
      "1,5000,\"say \"\"hi\"\"\",Dec-2015,Fully Paid,3-Aug\n"
      ",oops,caf\xe9,Dec-15,charged off,Jan-62\n"
      "3,,NA,,\" Fully Paid\",Dec-99\n"
      "x,7,caf\xe9,2015/12/1,,2001\n";
  cr_csv csv;
  CHECK(read_bytes(text, sizeof text - 1, 1, &csv, NULL) == CR_OK);
  const cr_column_builder* c = csv.column;
  double id[4];
  int32_t whole[4], days[4];
  cr_column_doubles(&c[0], 4, -1, id);
  CHECK(id[0] == 1 && id[1] == -1 && id[2] == 3 && id[3] == -1);
  CHECK(c[0].notes.n_bad == 1 && c[0].notes.bad_line[0] == 5 && c[0].notes.n_read == 2);
  cr_column_integers(&c[1], 4, whole);
  CHECK(whole[0] == 5000 && whole[1] == INT32_MIN && whole[2] == INT32_MIN &&
        whole[3] == 7);
  CHECK(c[1].notes.n_bad == 1 && c[1].notes.bad_line[0] == 3);
  cr_column_integers(&c[2], 4, whole);
  CHECK(text_is(&c[2], whole[0], "say \"hi\"") &&
        text_is(&c[2], whole[1], "caf\xc3\xa9"));
  CHECK(text_is(&c[2], whole[2], "NA") && whole[3] == whole[1]);
  CHECK(c[2].notes.n_repaired == 2);

  uint32_t rank[4];
  CHECK(cr_dict_rank(&c[4].dict, rank, NULL) == CR_OK);
  cr_column_levels(&c[4], 4, rank, whole);  // "Fully Paid" before "charged off"
  CHECK(whole[0] == 1 && whole[1] == 2 && whole[2] == 1 && whole[3] == INT32_MIN);

  cr_column_days(&c[3], NULL, INT32_MIN, 4, days);
  const int32_t december = cr_month_days(12 * 2015 + 11);
  CHECK(days[0] == december && days[1] == december && days[2] == INT32_MIN);
  cr_column_days(&c[5], &c[3], 12 * 2020 + 11, 4, days);
  CHECK(days[0] == cr_month_days(12 * 2003 + 7) && days[1] == cr_month_days(12 * 1962));
  CHECK(days[2] == cr_month_days(12 * 1999 + 11) && days[3] == cr_month_days(12 * 2001));
  CHECK(c[5].notes.n_year_only == 1);
  cr_csv_free(&csv);
}

static void test_events(void) {
  const char text[] = HEADER
      "1,2,a\nLoans that do not meet the credit policy\n2,3,b\n\n"
      "Total amount funded in policy code 1: 5\nTotal amount funded in policy code 2: "
      "$1000\n";
  cr_csv csv;
  CHECK(read_bytes(text, sizeof text - 1, 1, &csv, NULL) == CR_OK);
  const cr_event* e = csv.intake.event;
  CHECK(csv.intake.n_events == 4);
  CHECK(e[0].line_class == CR_LINE_HEADER && e[0].row == 0 && e[0].line == 1);
  CHECK(e[1].line_class == CR_LINE_SECTION && e[1].row == 1 && e[1].line == 3);
  CHECK(e[2].line_class == CR_LINE_FOOTER && e[2].row == 2 && e[2].line == 6);
  CHECK(e[2].footer.policy_code == 1 && e[2].footer.amount == 5);
  CHECK(e[3].footer.policy_code == 2 && e[3].footer.amount == 1000);
  cr_csv_free(&csv);
}

// A file of many blocks and chunks, with records and quotes across every border.
static char* large_file(size_t n_rows, size_t* size) {
  char* text = malloc(n_rows * 96 + 64);
  size_t n = (size_t)sprintf(text, "id,loan_amnt,emp_title,issue_d\r\n");
  for (size_t i = 0; i < n_rows; i++) {
    n += (size_t)sprintf(text + n, "%zu,%s%zu,\"title \"\"%zu\"\"\n%.*s\",%s-%zu\r\n",
                         i + 1, i % 7 == 0 ? "" : "1", i % 1000, i % 5000, (int)(i % 40),
                         "........................................",
                         i % 2 == 0 ? "Jan" : "Dec", 2007 + i % 12);
  }
  *size = n;
  return text;
}

static void test_large_and_threads(void) {
  enum { ROWS = 150000 };
  size_t size;
  char* text = large_file(ROWS, &size);
  static int32_t amounts[2][ROWS], titles[2][ROWS], months[2][ROWS];
  static double ids[ROWS];
  const int threads[] = {1, 2, 3, 8};
  for (int t = 0; t < 4; t++) {
    cr_csv csv;
    const int k = t > 0;
    CHECK(read_bytes(text, size, threads[t], &csv, NULL) == CR_OK);
    CHECK(csv.intake.n_rows == ROWS && adds_up(&csv.intake));
    CHECK(csv.intake.line == 2 * ROWS + 2);
    cr_column_doubles(&csv.column[0], ROWS, -1, ids);
    cr_column_integers(&csv.column[1], ROWS, amounts[k]);
    cr_column_integers(&csv.column[2], ROWS, titles[k]);
    cr_column_integers(&csv.column[3], ROWS, months[k]);
    bool right = true;
    for (size_t i = 0; i < ROWS; i++) {
      char wanted[96];
      right = right && ids[i] == (double)(i + 1) &&
              months[k][i] / 4 == (int32_t)(12 * (2007 + i % 12) + (i % 2 == 0 ? 0 : 11));
      if (i % 97 != 0) continue;
      (void)snprintf(wanted, sizeof wanted, "title \"%zu\"\n%.*s", i % 5000,
                     (int)(i % 40), "........................................");
      right = right && text_is(&csv.column[2], titles[k][i], wanted);
    }
    CHECK(right);
    if (k == 1) {
      CHECK(memcmp(amounts[0], amounts[1], sizeof amounts[0]) == 0);
      CHECK(memcmp(titles[0], titles[1], sizeof titles[0]) == 0);
    }
    cr_csv_free(&csv);
  }
  free(text);
}

// Every line opens a quote that is never closed: bounded work, all but the header lost.
static void test_broken_quotes(void) {
  enum { LINES = 3000 };
  char* text = malloc(LINES * 8 + 64);
  size_t n = (size_t)sprintf(text, "%s", HEADER);
  for (int i = 0; i < LINES; i++) n += (size_t)sprintf(text + n, "1,2,\"a%d\n", i % 10);
  cr_csv csv;
  CHECK(read_bytes(text, n, 1, &csv, NULL) == CR_OK);
  CHECK(csv.intake.count[CR_LINE_REJECTED] == LINES && adds_up(&csv.intake));
  cr_csv_free(&csv);
  free(text);
}

static bool stop(void* data, double done) {
  (void)data;
  (void)done;
  return false;
}

static void test_cancel(void) {
  size_t size;
  char* text = large_file(400000, &size);
  cr_csv csv = {0};
  cr_error err;
  cr_source* source = NULL;
  const cr_run run = {.threads = 2, .tick = stop};
  const cr_cell_type type[] = {CR_CELL_NUMBER, CR_CELL_COUNT, CR_CELL_TEXT,
                               CR_CELL_MONTH};
  CHECK(prepare(&csv, &err) == CR_OK);
  CHECK(cr_source_open_memory(text, size, NULL, &source, &err) == CR_OK);
  CHECK(cr_csv_open(&csv, source, &err) == CR_OK);
  CHECK(cr_csv_read(&csv, type, CR_NO_FIELD, &run, &err) == CR_ECANCELLED);
  cr_csv_free(&csv);
  free(text);
}

void test_csv(void) {
  test_classes();
  test_nul();
  test_refusals();
  test_unnamed_columns();
  test_values();
  test_events();
  test_large_and_threads();
  test_broken_quotes();
  test_cancel();

  cr_csv csv;
  cr_error err;
  const char text[] =
      "id,loan_amnt,emp_title,issue_d,loan_status,earliest_cr_line\n"
      "1,5000,\"say \"\"hi\"\"\",Dec-2015,Fully Paid,3-Aug\n"
      "Loans that do not meet the credit policy\n"
      "2,6000,caf\xe9,Dec-15,charged off,Jan-62\n";
  CHECK_ALLOCATIONS(read_bytes(text, sizeof text - 1, 1, &csv, &err), cr_csv_free(&csv));
}
