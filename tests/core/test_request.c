#include "model/request.h"

#include "base/mem.h"
#include "model_scene.h"

// The scene's fields: `home` (BOAT, OWN, RENT; LEASE is RENT) and `pay`.
typedef struct {
  cr_writer file;
  cr_scorer scorer;
} scene;

static void open_fields(scene* s) {
  *s = (scene){0};
  write_scene("logit", &s->file);
  CHECK(open_scene(s->file.bytes, s->file.n, &s->scorer, NULL) == CR_OK);
}

static void close_fields(scene* s) {
  cr_scorer_free(&s->scorer);
  cr_writer_free(&s->file);
}

static cr_status read_body(const scene* s, cr_body format, const char* body,
                           cr_request* request, cr_error* err) {
  return cr_request_read(&s->scorer.inputs, format, (const unsigned char*)body,
                         strlen(body), 4, request, err);
}

// Two numbers a row: the home's code and the pay, NAN when missing
static bool reads_as(const scene* s, cr_body format, const char* body, size_t n_rows,
                     const double* wanted) {
  cr_request request = {0};
  cr_error err;
  if (read_body(s, format, body, &request, &err) != CR_OK) {
    printf("%s: %s %s\n", body, err.code, err.message);
    return false;
  }
  bool same = request.n_rows == n_rows && request.n_fields == 2;
  for (size_t i = 0; same && i < n_rows; i++) {
    for (size_t f = 0; f < 2; f++) {
      const double a = request.value[f * n_rows + i], b = wanted[2 * i + f];
      same = same && (a == b || (a != a && b != b));
    }
  }
  cr_request_free(&request);
  return same;
}

static void test_bodies(const scene* s) {
  static const double two[] = {3, 5.5, 2, -1e-3};
  CHECK(reads_as(s, CR_BODY_JSON,
                 "[{\"home\":\"RENT\",\"pay\":5.5},{\"pay\":-1e-3,\"home\":\"OWN\"}]", 2,
                 two));
  CHECK(reads_as(s, CR_BODY_JSON,
                 "{\"home\":[\"LEASE\",\"OWN\"],\"pay\":[5.5,\"-0.001\"]}", 2, two));
  CHECK(reads_as(s, CR_BODY_JSON, " {\"ho\\u006de\" : \"R\\u0045NT\", \"pay\":\"$5.5\"} ",
                 1, two));
  CHECK(
      reads_as(s, CR_BODY_NDJSON,
               "\n{\"home\":\"RENT\",\"pay\":5.5}\r\n \n{\"pay\":-1E-3,\"home\":\"OWN\"}",
               2, two));
  CHECK(reads_as(s, CR_BODY_CSV, "home,pay\nRENT,5.5\n\nOWN,-0.001\n", 2, two));
  CHECK(reads_as(s, CR_BODY_CSV,
                 "\xef\xbb\xbf\"pay\",\"home\"\r\n\"5.5\",LEASE\r\n-1e-3,\"OWN\"", 2,
                 two));
  static const double one[] = {3, NAN};
  CHECK(reads_as(s, CR_BODY_JSON, "{\"home\":\"RENT\"}", 1, one));
  CHECK(reads_as(s, CR_BODY_JSON, "{\"home\":\"RENT\",\"pay\":null}", 1, one));
  CHECK(reads_as(s, CR_BODY_CSV, "home\nRENT\n", 1, one));
  CHECK(reads_as(s, CR_BODY_CSV, "home,pay\nRENT,\n", 1, one));
  static const double none[] = {NAN, NAN, NAN, NAN};
  CHECK(reads_as(s, CR_BODY_JSON, "[{},{\"home\":\"tent\"}]", 2, none));
  CHECK(reads_as(s, CR_BODY_NDJSON, "{}\n{\"pay\":\"NA\"}", 2, none));
}

static void test_marks(const scene* s) {
  cr_request request = {0};
  CHECK(read_body(s, CR_BODY_JSON, "[{\"home\":\"tent\"},{\"home\":\"OWN\"}]", &request,
                  NULL) == CR_OK);
  CHECK(request.given[0] == 1 && request.given[1] == 0);
  CHECK(request.unseen[0] == 1 && request.unseen[1] == 0);
  cr_request_free(&request);
  CHECK(read_body(s, CR_BODY_JSON, "{\"home\":[\"NA\",\"\"]}", &request, NULL) == CR_OK);
  CHECK(request.unseen[0] == 0);
  cr_request_free(&request);
}

static void test_refusals(const scene* s) {
  static const struct {
    cr_body format;
    const char *body, *code;
    int64_t row;
  } cases[] = {
      {CR_BODY_JSON, "", "syntax", 0},
      {CR_BODY_JSON, "[", "syntax", 0},
      {CR_BODY_JSON, "[]", "no_rows", 0},
      {CR_BODY_JSON, "{}", "no_rows", 0},
      {CR_BODY_JSON, "{\"pay\":[]}", "no_rows", 0},
      {CR_BODY_JSON, "5", "not_rows", 0},
      {CR_BODY_JSON, "[5]", "not_rows", 1},
      {CR_BODY_JSON, "[{},[]]", "not_rows", 2},
      {CR_BODY_JSON, "[{\"pay\":1}] x", "syntax", 0},
      {CR_BODY_JSON, "[{\"pay\":{}}]", "nested", 1},
      {CR_BODY_JSON, "[{\"pay\":[1]}]", "nested", 1},
      {CR_BODY_JSON, "{\"pay\":[1],\"home\":\"OWN\"}", "not_rows", 0},
      {CR_BODY_JSON, "{\"home\":\"OWN\",\"pay\":[1]}", "nested", 1},
      {CR_BODY_JSON, "{\"pay\":[1,2],\"home\":[\"OWN\"]}", "unequal_columns", 0},
      {CR_BODY_JSON, "{\"pay\":[1],\"home\":[\"OWN\",null]}", "unequal_columns", 0},
      {CR_BODY_JSON, "{\"pay\":[],\"home\":[\"OWN\"]}", "unequal_columns", 0},
      {CR_BODY_JSON, "[{},{\"wage\":1}]", "unknown_field", 2},
      {CR_BODY_JSON, "[{\"\":1}]", "unknown_field", 1},
      {CR_BODY_JSON, "[{\"pay\":1,\"pay\":1}]", "repeated_field", 1},
      {CR_BODY_JSON, "[{\"pay\":1,\"p\\u0061y\":1}]", "repeated_field", 1},
      {CR_BODY_JSON, "{\"pay\":[1],\"pay\":[1]}", "repeated_field", 1},
      {CR_BODY_JSON, "[{},{\"pay\":\"much\"}]", "bad_value", 2},
      {CR_BODY_JSON, "[{\"pay\":1e999}]", "bad_value", 1},
      {CR_BODY_JSON, "[{\"pay\":true}]", "bad_value", 1},
      {CR_BODY_JSON, "[{\"pay\":\"1,5\"}]", "bad_value", 1},
      {CR_BODY_JSON, "[{},{},{},{},{}]", "too_many_rows", 0},
      {CR_BODY_JSON, "{\"pay\":[1,2,3,4,5]}", "too_many_rows", 0},
      {CR_BODY_JSON, "[{\"home\":\"\xff\"}]", "encoding", 0},
      {CR_BODY_JSON,
       "[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[",
       "not_rows", 1},
      {CR_BODY_NDJSON, "", "no_rows", 0},
      {CR_BODY_NDJSON, "{\"pay\":1}{\"pay\":2}", "syntax", 0},
      {CR_BODY_NDJSON, "{\"pay\":1\n}", "syntax", 0},
      {CR_BODY_NDJSON, "[{\"pay\":1}]", "not_rows", 1},
      {CR_BODY_NDJSON, "{}\n{}\n{}\n{}\n{}", "too_many_rows", 0},
      {CR_BODY_NDJSON, "{}\n\xff", "encoding", 0},
      {CR_BODY_CSV, "", "no_rows", 0},
      {CR_BODY_CSV, "home,pay\n", "no_rows", 0},
      {CR_BODY_CSV, "home,wage\nOWN,1\n", "unknown_field", 0},
      {CR_BODY_CSV, "home,pay,x\nOWN,1,1\n", "unknown_field", 0},
      {CR_BODY_CSV, "pay,pay\n1,1\n", "repeated_field", 0},
      {CR_BODY_CSV, "home,pay\nOWN\n", "csv", 1},
      {CR_BODY_CSV, "home,pay\nOWN,1,2\n", "csv", 1},
      {CR_BODY_CSV, "home,pay\nOWN,1,2,3,4,5\n", "csv", 1},
      {CR_BODY_CSV, "home,pay\nO\"WN,1\n", "csv", 1},
      {CR_BODY_CSV, "home,pay\n\"OWN,1\n", "csv", 1},
      {CR_BODY_CSV, "home,pay\nOWN,1\nOWN,x\n", "bad_value", 2},
      {CR_BODY_CSV, "pay\n1\n2\n3\n4\n5\n", "too_many_rows", 0},
      {CR_BODY_CSV, "pay\n\xff\n", "encoding", 0},
  };
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
    cr_request request = {0};
    cr_error err;
    const cr_status status = read_body(s, cases[i].format, cases[i].body, &request, &err);
    CHECK(status == CR_EPARSE || status == CR_EINPUT || status == CR_ELIMIT);
    const bool same = strcmp(err.code, cases[i].code) == 0 && err.line == cases[i].row;
    if (!same) printf("%s: %s %d\n", cases[i].body, err.code, (int)err.line);
    CHECK(same && request.value == NULL);
  }
}

static void test_memory(const scene* s) {
  static const struct {
    cr_body format;
    const char* body;
  } cases[] = {{CR_BODY_JSON, "[{\"home\":\"R\\u0045NT\"},{\"pay\":1}]"},
               {CR_BODY_JSON, "{\"pay\":[1,2,3,4]}"},
               {CR_BODY_NDJSON, "{\"pay\":1}\n{}"},
               {CR_BODY_CSV, "pay,home\n1,\"RENT\"\n"}};
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
    cr_request request = {0};
    CHECK_ALLOCATIONS(read_body(s, cases[i].format, cases[i].body, &request, NULL),
                      cr_request_free(&request));
  }
}

void test_request(void) {
  scene s;
  open_fields(&s);
  test_bodies(&s);
  test_marks(&s);
  test_refusals(&s);
  test_memory(&s);
  close_fields(&s);
}
