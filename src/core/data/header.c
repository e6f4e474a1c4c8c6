#include "data/header.h"

#include <string.h>

#include "base/mem.h"
#include "data/scan.h"
#include "data/utf8.h"

enum { MAX_LINES = 50, ROWS_LOOKED_AT = 10 };

static const unsigned char delimiters[] = {',', ';', '\t', '|'};
enum { N_DELIMITERS = sizeof delimiters };

static bool is_word(unsigned char c) {
  return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
}

size_t cr_header_canonical(const unsigned char* name, size_t n, unsigned char* out) {
  size_t length = 0;
  bool gap = false;
  for (size_t i = 0; i < n; i++) {
    const unsigned char c = name[i] >= 'A' && name[i] <= 'Z'
                                ? (unsigned char)(name[i] + ('a' - 'A'))
                                : name[i];
    if (!is_word(c)) {
      gap = length > 0;
      continue;
    }
    if (gap) out[length++] = '_';
    gap = false;
    out[length++] = c;
  }
  return length;
}

size_t cr_header_count_known(const unsigned char* bytes, const uint32_t* mark,
                             size_t stride, size_t n_fields, const cr_dict* known) {
  unsigned char canonical[CR_HEADER_MAX_NAME];
  size_t count = 0;
  for (size_t j = 0; j < n_fields; j++) {
    const unsigned char* p = bytes + mark[j * stride];
    size_t n = mark[(j + 1) * stride] - 1 - mark[j * stride];
    cr_scan_unquote(&p, &n);
    if (n > sizeof canonical) continue;
    uint32_t code;
    count += cr_dict_find(known, canonical, cr_header_canonical(p, n, canonical), &code);
  }
  return count;
}

// What cr_header_find() works on.
typedef struct {
  cr_scan scan;
  const cr_dict* known;
  uint32_t* mark;  // CR_HEADER_MAX_FIELDS + 1
  size_t next;     // after the header
} search;

static cr_status fail_columns(cr_error* err) {
  return cr_fail(err, CR_ELIMIT, "column_limit", "the file has more than %d columns",
                 CR_HEADER_MAX_FIELDS);
}

// Tries the line at `start` with every delimiter; `*fields` is 0 when it is no header.
static cr_status try_line(search* s, size_t start, size_t* fields,
                          unsigned char* delimiter, bool* cut, cr_error* err) {
  size_t best = 0;
  *fields = 0;
  for (size_t d = 0; d < N_DELIMITERS; d++) {
    s->scan.delimiter = delimiters[d];
    cr_scan_record record;
    if (cr_scan_next(&s->scan, start, &record) != CR_SCAN_RECORD) continue;
    if (record.n_fields > 1) *cut = true;
    if (record.n_fields > CR_HEADER_MAX_FIELDS) return fail_columns(err);
    const size_t known =
        cr_header_count_known(s->scan.bytes, s->mark, 1, record.n_fields, s->known);
    const bool enough = known >= 2 || (known == 1 && record.n_fields == 1);
    if (!enough || known <= best) continue;
    best = known;
    *fields = record.n_fields;
    *delimiter = delimiters[d];
    s->next = record.next;
  }
  return CR_OK;
}

static cr_status find_line(search* s, cr_header* header, cr_error* err) {
  bool cut = false;
  size_t start = 0;
  for (int line = 0; line < MAX_LINES && start < s->scan.n; line++) {
    size_t fields, end, next;
    const cr_status status = try_line(s, start, &fields, &header->delimiter, &cut, err);
    if (status != CR_OK) return status;
    if (fields > 0) {
      header->start = start;
      header->n_fields = fields;
      return CR_OK;
    }
    if (!cr_scan_line(&s->scan, start, &end, &next)) break;
    start = next;
  }
  if (!cut) {
    return cr_fail(err, CR_EPARSE, "delimiter",
                   "the lines are not divided by comma, semicolon, tab or bar");
  }
  return cr_fail(err, CR_EPARSE, "no_header",
                 "none of the first %d lines names columns of Lending Club's files",
                 MAX_LINES);
}

// ---- rows with one field more than the header has names ----

// Looks at the first rows: 0 when they fit the header, 1 when the first column has no
// name, -1 when the last has none.
static int find_unnamed(search* s, const cr_header* header) {
  s->scan.delimiter = header->delimiter;
  const size_t n = header->n_fields;
  if (n == CR_HEADER_MAX_FIELDS) return 0;  // no mark left for one more
  size_t fit = 0, wider = 0, full = 0;
  size_t at = s->next;
  for (int row = 0; row < ROWS_LOOKED_AT && at < s->scan.n; row++) {
    cr_scan_record record;
    if (cr_scan_next(&s->scan, at, &record) != CR_SCAN_RECORD) break;
    fit += record.n_fields == n;
    if (record.n_fields == n + 1) {
      wider++;
      const unsigned char* p = s->scan.bytes + s->mark[n];
      size_t size = s->mark[n + 1] - 1 - s->mark[n];
      cr_scan_unquote(&p, &size);
      full += size > 0;
    }
    at = record.next;
  }
  if (wider <= fit) return 0;
  return full > 0 ? 1 : -1;
}

// ---- names ----

static cr_status put_name(cr_header* header, size_t j, const unsigned char* p, size_t n,
                          cr_error* err) {
  if (n > CR_HEADER_MAX_NAME) {
    return cr_fail(err, CR_ELIMIT, "name_limit",
                   "the name of column %zu is longer than %d bytes", j + 1,
                   CR_HEADER_MAX_NAME);
  }
  unsigned char single[CR_HEADER_MAX_NAME], valid[3 * CR_HEADER_MAX_NAME];
  n = cr_scan_undouble(p, n, single);
  n = cr_utf8_repair(single, n, valid);
  for (size_t i = 0; i < n; i++) {
    if (valid[i] == 0) valid[i] = '_';  // no name in R can hold it
  }
  return cr_dict_put(&header->names, valid, n, &header->name[j], err);
}

static cr_status read_names(search* s, cr_header* header, cr_error* err) {
  cr_scan_record record;
  (void)cr_scan_next(&s->scan, header->start, &record);  // the marks of the header again
  const size_t n = header->n_fields;
  if (header->unnamed != 0) header->n_fields++;
  if (header->n_fields > CR_HEADER_MAX_FIELDS) return fail_columns(err);
  header->name = cr_alloc(header->n_fields, sizeof *header->name);
  if (header->name == NULL) {
    return cr_fail(err, CR_ENOMEM, "memory", "no memory for %zu column names", n);
  }
  const size_t shift = header->unnamed > 0 ? 1 : 0;
  cr_status status = CR_OK;
  for (size_t j = 0; j < header->n_fields && status == CR_OK; j++) {
    const bool named = j >= shift && j - shift < n;
    const size_t k = named ? j - shift : 0;
    const unsigned char* p = s->scan.bytes + s->mark[k];
    size_t size = named ? s->mark[k + 1] - 1 - s->mark[k] : 0;
    cr_scan_unquote(&p, &size);
    status = put_name(header, j, p, size, err);
  }
  return status;
}

cr_status cr_header_find(const unsigned char* bytes, size_t n, bool last,
                         const cr_dict* known, cr_header* header, cr_error* err) {
  *header = (cr_header){0};
  search s = {.known = known};
  s.mark = cr_alloc(CR_HEADER_MAX_FIELDS + 1, sizeof *s.mark);
  if (s.mark == NULL) {
    return cr_fail(err, CR_ENOMEM, "memory", "no memory to find the header");
  }
  s.scan = (cr_scan){.bytes = bytes,
                     .n = n,
                     .last = last,
                     .max_fields = CR_HEADER_MAX_FIELDS,
                     .mark = s.mark,
                     .stride = 1};
  cr_status status = find_line(&s, header, err);
  if (status == CR_OK) {
    header->unnamed = find_unnamed(&s, header);
    status = read_names(&s, header, err);
  }
  if (status != CR_OK) cr_header_free(header);
  cr_free(s.mark);
  return status;
}

const unsigned char* cr_header_name(const cr_header* header, size_t j, size_t* n) {
  return cr_dict_text(&header->names, header->name[j], n);
}

void cr_header_free(cr_header* header) {
  cr_dict_free(&header->names);
  cr_free(header->name);
  *header = (cr_header){0};
}
