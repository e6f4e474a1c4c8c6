// Any bytes as the body of a request; the first says in which format. What is let
// through is rows of numbers, and a line that is JSON too says the same as JSON.

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "model/request.h"

int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size);

static void require(bool condition) {
  if (!condition) abort();
}

enum { FIELDS = 8, MAX_ROWS = 16 };

// Texts one after the other, as in a file
typedef struct {
  uint32_t start[FIELDS + 1];
  char bytes[64];
  cr_texts texts;
} words;

static void set_words(words* w, const char* const* word, size_t n) {
  for (size_t i = 0; i < n; i++) {
    const size_t length = strlen(word[i]);
    memcpy(w->bytes + w->start[i], word[i], length);
    w->start[i + 1] = w->start[i] + (uint32_t)length;
  }
  w->texts = (cr_texts){w->start, w->bytes};
}

// A field of every type, named a to h; the last has levels and another spelling.
static void read_as(cr_body format, const uint8_t* body, size_t n, cr_request* request,
                    cr_status* status) {
  static const char* const names[] = {"a", "b", "c", "d", "e", "f", "g", "h"};
  static const char* const levels[] = {"OWN", "RENT"};
  static const char* const spellings[] = {"LEASE"};
  static const int32_t otherwise[FIELDS] = {0}, alias_field[] = {7}, alias_code[] = {2};
  cr_cell_type type[FIELDS] = {CR_CELL_NUMBER, CR_CELL_COUNT, CR_CELL_PERCENT,
                               CR_CELL_TERM,   CR_CELL_MONTH, CR_CELL_YEARS,
                               CR_CELL_DATE,   CR_CELL_LEVEL};
  words name = {{0}, {0}, {0}}, level = name, alias = name;
  cr_texts of_field[FIELDS] = {{0}};
  uint32_t n_levels[FIELDS] = {0};
  cr_error err;
  set_words(&name, names, FIELDS);
  set_words(&level, levels, 2);
  set_words(&alias, spellings, 1);
  of_field[7] = level.texts;
  n_levels[7] = 2;
  const cr_inputs inputs = {.n_fields = FIELDS,
                            .name = name.texts,
                            .type = type,
                            .level = of_field,
                            .n_levels = n_levels,
                            .otherwise = otherwise,
                            .n_aliases = 1,
                            .alias = alias.texts,
                            .alias_field = alias_field,
                            .alias_code = alias_code};
  *status = cr_request_read(&inputs, format, body, n, MAX_ROWS, request, &err);
  require(*status == CR_OK || *status == CR_EPARSE || *status == CR_EINPUT ||
          *status == CR_ELIMIT);
  require((*status == CR_OK) == (request->value != NULL));
}

static void check_rows(const cr_request* request) {
  require(request->n_rows >= 1 && request->n_rows <= MAX_ROWS);
  for (size_t i = 0; i < request->n_rows; i++) {
    for (size_t f = 0; f < FIELDS; f++) {
      const double x = request->value[f * request->n_rows + i];
      require(x != x || (isfinite(x) && request->given[f]));
    }
  }
}

int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  cr_request request = {0}, other = {0};
  cr_status status, second;
  if (size == 0) return -1;
  const cr_body format = (cr_body)(data[0] % 3);
  // a block of exactly this size, so that reading past it is caught
  uint8_t* body = cr_alloc(size - 1, 1);
  require(body != NULL);
  if (size > 1) memcpy(body, data + 1, size - 1);
  read_as(format, body, size - 1, &request, &status);
  if (status == CR_OK) check_rows(&request);
  if (status == CR_OK && format == CR_BODY_NDJSON && request.n_rows == 1) {
    read_as(CR_BODY_JSON, body, size - 1, &other, &second);
    if (second == CR_OK && other.n_rows == 1) {
      require(memcmp(other.given, request.given, FIELDS) == 0);
    }
  }
  cr_request_free(&other);
  cr_request_free(&request);
  cr_free(body);
  return 0;
}
