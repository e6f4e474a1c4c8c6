#include "data/block.h"

#include <string.h>

#include "base/mem.h"
#include "data/scan.h"

enum {
  BLOCK = 1 << 20,
  MAX_FIELD = 1 << 20,
  MAX_RECORD = 16 << 20,
  MAX_STATUS = 128,
  FEW_ROWS = 2048,       // a block need not have room for more rows than this,
  MARKS_WANTED = 131072  // or than give this many marks
};

#define MAX_RESCANNED ((uint64_t)1 << 30)

static cr_status fail_memory(cr_error* err) {
  return cr_fail(err, CR_ENOMEM, "memory", "no memory to read the file");
}

// ---- bytes ----

static cr_status make_room(cr_block* block, size_t capacity, cr_error* err) {
  if (capacity <= block->capacity) return CR_OK;
  unsigned char* bytes = cr_resize(block->bytes, capacity + CR_SCAN_PADDING, 1);
  if (bytes == NULL) return fail_memory(err);
  block->bytes = bytes;
  block->capacity = capacity;
  return CR_OK;
}

cr_status cr_block_read(cr_block* block, const cr_block* before, cr_source* source,
                        cr_error* err) {
  const size_t left = before == NULL ? 0 : before->n - before->used;
  const bool ended = before != NULL && before->last;
  const bool stuck = left > 0 && before->used == 0;  // one record fills the block
  size_t wanted = stuck ? 2 * left : left;
  if (wanted < BLOCK) wanted = BLOCK;
  if (wanted > MAX_RECORD) wanted = MAX_RECORD;
  cr_status status = make_room(block, wanted, err);
  if (status != CR_OK) return status;
  if (left > 0) memcpy(block->bytes, before->bytes + before->used, left);
  block->n = left;
  block->used = 0;
  block->last = ended;
  while (block->n < block->capacity && !block->last) {
    size_t got;
    status = cr_source_read(source, block->bytes + block->n, block->capacity - block->n,
                            &got, err);
    if (status != CR_OK) return status;
    block->last = got == 0;
    block->n += got;
  }
  memset(block->bytes + block->n, 0, CR_SCAN_PADDING);
  return CR_OK;
}

// Marks for as many rows as the bytes can hold, within reason.
static cr_status make_marks(cr_block* block, size_t n_fields, cr_error* err) {
  if (block->mark != NULL) return CR_OK;
  const size_t reasonable =
      MARKS_WANTED / n_fields > FEW_ROWS ? MARKS_WANTED / n_fields : FEW_ROWS;
  const size_t possible = BLOCK / n_fields + 1;
  block->row_capacity = possible < reasonable ? possible : reasonable;
  block->mark = cr_alloc((n_fields + 1) * (block->row_capacity + 1), sizeof *block->mark);
  block->line = cr_alloc(block->row_capacity, sizeof *block->line);
  return block->mark == NULL || block->line == NULL ? fail_memory(err) : CR_OK;
}

// ---- the ledger ----

static void count_record(cr_intake* intake, cr_line_class line_class, size_t lines) {
  intake->n_records++;
  intake->count[line_class]++;
  intake->line += (int64_t)lines;
}

static cr_status add_event(cr_intake* intake, const cr_event* event, cr_error* err) {
  if (intake->n_events == intake->event_capacity) {
    const size_t capacity = intake->n_events == 0 ? 8 : 2 * intake->n_events;
    cr_event* larger = cr_resize(intake->event, capacity, sizeof *larger);
    if (larger == NULL) return fail_memory(err);
    intake->event = larger;
    intake->event_capacity = capacity;
  }
  intake->event[intake->n_events++] = *event;
  return CR_OK;
}

// Rejects the line that starts at `at`, and only that line: if a quote is broken, the
// record's end is not to be believed. False when the line's end is not in the block.
static bool reject(cr_block* block, cr_intake* intake, const cr_scan* scan, size_t at,
                   size_t seen, cr_reject reason, size_t* next) {
  size_t end;
  if (!cr_scan_line(scan, at, &end, next)) return false;
  if (seen > *next) intake->rescanned += seen - *next;
  const size_t shown = intake->count[CR_LINE_REJECTED];
  if (shown < CR_REJECTED_SHOWN) {
    intake->rejected[shown] = (cr_rejected){intake->line, reason};
  }
  for (size_t i = at; i < end; i++) intake->n_nul += block->bytes[i] == 0;
  intake->rejects[reason]++;
  count_record(intake, CR_LINE_REJECTED, 1);
  return true;
}

// ---- judging one record ----

// One record under the eye.
typedef struct {
  const cr_block* block;
  const cr_intake* intake;
  const cr_scan* scan;
  size_t at;
  const cr_scan_record* found;
  const uint32_t* mark;  // of its fields, `stride` apart
} view;

static const unsigned char* field_of(const view* v, size_t j, size_t* n) {
  const size_t stride = v->scan->stride;
  const unsigned char* p = v->block->bytes + v->mark[j * stride];
  *n = v->mark[(j + 1) * stride] - 1 - v->mark[j * stride];
  cr_scan_unquote(&p, n);
  return p;
}

static bool is_blank(const view* v) {
  if (v->found->end - v->at > 3 * v->found->n_fields) return false;
  for (size_t i = v->at; i < v->found->end; i++) {
    const unsigned char c = v->block->bytes[i];
    if (c != v->scan->delimiter && c != '"' && c != ' ' && c != '\t') return false;
  }
  return true;
}

// True when nothing but the first field has text.
static bool is_lone_text(const view* v) {
  const size_t first_end = v->mark[v->scan->stride] - 1;
  if (v->found->n_fields > v->scan->max_fields ||
      v->found->end - first_end > 3 * (v->found->n_fields - 1)) {
    return false;
  }
  for (size_t j = 1; j < v->found->n_fields; j++) {
    size_t n;
    (void)field_of(v, j, &n);
    if (n > 0) return false;
  }
  return true;
}

// The record's fields are the header's names, from name `shift` on.
static bool repeats_header(const view* v, size_t shift) {
  for (size_t j = 0; j < v->found->n_fields; j++) {
    size_t n, size;
    const unsigned char* text = field_of(v, j, &n);
    const unsigned char* name = cr_header_name(v->intake->header, j + shift, &size);
    if (n != size || memcmp(text, name, n) != 0) return false;
  }
  return true;
}

static bool is_repeated_header(const view* v) {
  const size_t n = v->intake->header->n_fields;
  if (v->found->n_fields == n) return repeats_header(v, 0);
  const int unnamed = v->intake->header->unnamed;
  return unnamed != 0 && v->found->n_fields + 1 == n && repeats_header(v, unnamed > 0);
}

// Names of columns, but not those of the header: a file of another release begins here.
static bool is_other_header(const view* v) {
  const size_t stride = v->scan->stride;
  const size_t seen =
      v->found->n_fields < v->scan->max_fields ? v->found->n_fields : v->scan->max_fields;
  const size_t first = seen > 1 && v->mark[stride] - v->mark[0] <= 3 ? 1 : 0;
  const cr_dict* known = v->intake->known;
  const uint32_t* mark = v->mark + first * stride;
  if (cr_header_count_known(v->block->bytes, mark, stride, 1, known) == 0) return false;
  const size_t n = cr_header_count_known(v->block->bytes, v->mark, stride, seen, known);
  return n >= 2 && 2 * n >= v->found->n_fields;
}

size_t cr_intake_status(const unsigned char* text, size_t n, unsigned char* out) {
  cr_cell_trim(&text, &n);
  size_t length = 0;
  for (size_t i = 0; i < n; i++) {
    const unsigned char c = text[i];
    if (c == ' ' && length > 0 && out[length - 1] == ' ') continue;
    out[length++] = c >= 'A' && c <= 'Z' ? (unsigned char)(c + ('a' - 'A')) : c;
  }
  return length;
}

static bool has_unknown_status(const view* v) {
  if (v->intake->status_field == CR_NO_FIELD) return false;
  size_t n;
  const unsigned char* text = field_of(v, v->intake->status_field, &n);
  cr_cell_trim(&text, &n);
  if (cr_cell_is_na(text, n)) return false;
  if (n > MAX_STATUS) return true;
  unsigned char status[MAX_STATUS];
  uint32_t code;
  return !cr_dict_find(v->intake->statuses, status, cr_intake_status(text, n, status),
                       &code);
}

static bool is_cut_off(const view* v) {
  const size_t n = v->block->n;
  return v->block->last && v->found->end == n && v->found->next == n;
}

// What a record is; for CR_LINE_REJECTED `*reason` says why.
static cr_line_class judge(const view* v, bool has_nul, cr_footer* footer,
                           cr_reject* reason) {
  const size_t wanted = v->intake->header->n_fields;
  if (is_blank(v)) return CR_LINE_BLANK;
  if (is_lone_text(v)) {
    size_t n;
    const unsigned char* text = field_of(v, 0, &n);
    const cr_line_class special = cr_line_of_text(text, n, footer);
    if (special != CR_LINE_KEPT) return special;
  }
  if (is_repeated_header(v)) return CR_LINE_REPEATED_HEADER;
  if (has_nul && memchr(v->block->bytes + v->at, 0, v->found->end - v->at) != NULL) {
    *reason = CR_REJECT_NUL;
  } else if (v->found->n_fields < wanted) {
    *reason = is_cut_off(v) ? CR_REJECT_TRUNCATED : CR_REJECT_SHORT;
  } else if (v->found->n_fields > wanted) {
    *reason = CR_REJECT_LONG;
  } else if (has_unknown_status(v)) {
    *reason = CR_REJECT_STATUS;
  } else {
    return CR_LINE_KEPT;
  }
  return CR_LINE_REJECTED;
}

// ---- all records of a block ----

static cr_status fail_header(const cr_intake* intake, cr_error* err) {
  return cr_fail_at(err, CR_EPARSE, "other_header", intake->line, -1,
                    "line %lld starts a table with other columns than the file's first",
                    (long long)intake->line);
}

static cr_status check_size(const cr_intake* intake, const cr_scan_record* found,
                            const cr_block* block, size_t at, cr_error* err) {
  const bool field = block->n - found->field > MAX_FIELD;
  if (!field && block->n - at < MAX_RECORD) return CR_OK;
  return cr_fail_at(err, CR_ELIMIT, field ? "field_limit" : "line_limit", intake->line,
                    -1, "%s at line %lld is longer than %d MB",
                    field ? "a field" : "the record", (long long)intake->line,
                    (field ? MAX_FIELD : MAX_RECORD) >> 20);
}

static cr_status check_limits(const cr_intake* intake, cr_error* err) {
  if (intake->rescanned > MAX_RESCANNED) {
    return cr_fail_at(err, CR_ELIMIT, "quote_limit", intake->line, -1,
                      "too many broken quotes, the last before line %lld",
                      (long long)intake->line);
  }
  if (intake->n_rows >= INT32_MAX) {
    return cr_fail(err, CR_ELIMIT, "row_limit", "the file has more than %d rows",
                   INT32_MAX);
  }
  return CR_OK;
}

static void keep(cr_block* block, cr_intake* intake, const cr_scan_record* found) {
  block->line[block->rows.n_rows] = (uint32_t)(intake->line - block->rows.first_line);
  block->rows.n_rows++;
  intake->n_rows++;
  count_record(intake, CR_LINE_KEPT, found->lines);
}

// Deals with a whole record. `*next` is where to go on; `*more` when bytes are missing.
static cr_status take(cr_block* block, cr_intake* intake, const cr_scan* scan, size_t at,
                      const cr_scan_record* found, bool has_nul, size_t* next, bool* more,
                      cr_error* err) {
  const view v = {block, intake, scan, at, found, scan->mark};
  cr_reject reason = CR_REJECT_SHORT;
  cr_event event = {.row = intake->n_rows, .line = intake->line};
  event.line_class = judge(&v, has_nul, &event.footer, &reason);
  *next = found->next;
  switch (event.line_class) {
    case CR_LINE_KEPT:
      if (is_other_header(&v)) return fail_header(intake, err);
      keep(block, intake, found);
      return CR_OK;
    case CR_LINE_REJECTED:
      if (is_other_header(&v)) return fail_header(intake, err);
      *more = !reject(block, intake, scan, at, found->next, reason, next);
      return CR_OK;
    case CR_LINE_SECTION:
    case CR_LINE_FOOTER:
    case CR_LINE_REPEATED_HEADER:
      count_record(intake, event.line_class, found->lines);
      return add_event(intake, &event, err);
    default: count_record(intake, event.line_class, found->lines); return CR_OK;
  }
}

// One step of the walk through a block.
static cr_status step(cr_block* block, cr_intake* intake, cr_scan* scan, bool has_nul,
                      size_t* at, bool* more, cr_error* err) {
  scan->mark = block->mark + block->rows.n_rows;
  cr_scan_record found;
  cr_reject reason = CR_REJECT_QUOTE;
  size_t next = *at;
  cr_status status = CR_OK;
  switch (cr_scan_next(scan, *at, &found)) {
    case CR_SCAN_RECORD:
      CR_TRY(take(block, intake, scan, *at, &found, has_nul, &next, more, err));
      break;
    case CR_SCAN_MORE:
      if (!block->last) {
        *more = true;
        CR_TRY(check_size(intake, &found, block, *at, err));
        break;
      }
      // the file ends inside quotes
      size_t end;
      (void)cr_scan_line(scan, *at, &end, &next);
      reason = end == block->n ? CR_REJECT_TRUNCATED : CR_REJECT_UNCLOSED;
      *more = !reject(block, intake, scan, *at, found.seen, reason, &next);
      break;
    case CR_SCAN_UNCLOSED: reason = CR_REJECT_UNCLOSED;  // fall through
    case CR_SCAN_QUOTE:
      *more = !reject(block, intake, scan, *at, found.seen, reason, &next);
      break;
  }
  if (!*more) *at = next;
done:
  return status;
}

cr_status cr_block_index(cr_block* block, cr_intake* intake, cr_error* err) {
  const size_t n_fields = intake->header->n_fields;
  cr_status status = make_marks(block, n_fields, err);
  if (status != CR_OK) return status;
  cr_scan scan = {.bytes = block->bytes,
                  .n = block->n,
                  .last = block->last,
                  .delimiter = intake->header->delimiter,
                  .max_fields = n_fields,
                  .stride = block->row_capacity + 1};
  block->first_row = intake->n_rows;
  block->rows = (cr_rows){.bytes = block->bytes,
                          .mark = block->mark,
                          .stride = scan.stride,
                          .line = block->line,
                          .first_line = intake->line};
  const bool has_nul = memchr(block->bytes, 0, block->n) != NULL;
  bool more = false;
  size_t at = block->used;
  while (status == CR_OK && !more && at < block->n &&
         block->rows.n_rows < block->row_capacity) {
    status = step(block, intake, &scan, has_nul, &at, &more, err);
    if (status == CR_OK) status = check_limits(intake, err);
  }
  block->used = at;
  return status;
}

cr_status cr_block_skip_header(cr_block* block, cr_intake* intake, cr_error* err) {
  const cr_scan scan = {.bytes = block->bytes,
                        .n = block->n,
                        .last = block->last,
                        .delimiter = intake->header->delimiter};
  const size_t start = block->used + intake->header->start;
  while (block->used < start) {
    size_t end, next;
    (void)cr_scan_line(&scan, block->used, &end, &next);
    const unsigned char* text = block->bytes + block->used;
    size_t n = end - block->used;
    cr_cell_trim(&text, &n);
    count_record(intake, n == 0 ? CR_LINE_BLANK : CR_LINE_BANNER, 1);
    block->used = next;
  }
  cr_scan_record found;
  (void)cr_scan_next(&scan, start, &found);
  const cr_event event = {.line_class = CR_LINE_HEADER, .line = intake->line};
  count_record(intake, CR_LINE_HEADER, found.lines);
  block->used = found.next;
  return add_event(intake, &event, err);
}

void cr_block_free(cr_block* block) {
  cr_free(block->bytes);
  cr_free(block->mark);
  cr_free(block->line);
  *block = (cr_block){0};
}

void cr_intake_free(cr_intake* intake) {
  cr_free(intake->event);
  intake->event = NULL;
  intake->n_events = intake->event_capacity = 0;
}
