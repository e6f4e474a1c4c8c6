#include "data/scan.h"

#include <string.h>

#include "data/mask.h"

typedef enum { PLAIN, QUOTED, CLOSED } field_state;

// What the loop carries from one special byte to the next.
typedef struct {
  const cr_scan* scan;
  cr_scan_record* record;
  uint32_t* mark;  // where the next mark goes
  size_t field;    // where the current field starts
  size_t quote;    // the quote that opened or closed the field
  size_t quoted_lines;
  field_state state;
} walk;

static void end_field(walk* w, size_t at) {
  if (w->record->n_fields < w->scan->max_fields) {
    w->mark += w->scan->stride;
    *w->mark = (uint32_t)(at + 1);
  }
  w->record->n_fields++;
  w->field = at + 1;
  w->state = PLAIN;
}

// The line end at `at` closes the record; CR LF is one line end.
static cr_scan_result end_record(walk* w, size_t at) {
  const cr_scan* scan = w->scan;
  size_t next = at + 1;
  if (at < scan->n && scan->bytes[at] == '\r') {
    if (next == scan->n && !scan->last) return CR_SCAN_MORE;
    if (next < scan->n && scan->bytes[next] == '\n') next++;
  }
  w->record->field = w->field;
  end_field(w, at);
  w->record->end = at;
  w->record->next = next < scan->n ? next : scan->n;
  w->record->lines++;
  return CR_SCAN_RECORD;
}

static bool goes_on_too_long(const walk* w, size_t at) {
  return at - w->field > CR_SCAN_MAX_QUOTED || w->quoted_lines > CR_SCAN_MAX_LINES;
}

// One special byte inside quotes; true when the scan is over. CR LF counts once.
static bool step_quoted(walk* w, size_t at, cr_scan_result* result) {
  const unsigned char c = w->scan->bytes[at];
  if (c == w->scan->delimiter) return false;
  if (c == '"') {
    w->state = CLOSED;
    w->quote = at;
    return false;
  }
  const bool pair = c == '\r' && at + 1 < w->scan->n && w->scan->bytes[at + 1] == '\n';
  if (!pair) {
    w->record->lines++;
    w->quoted_lines++;
  }
  *result = CR_SCAN_UNCLOSED;
  return goes_on_too_long(w, at);
}

// One special byte outside quotes or just after a closing one; true when over.
static bool step(walk* w, size_t at, cr_scan_result* result) {
  if (w->state == QUOTED) return step_quoted(w, at, result);
  const unsigned char c = w->scan->bytes[at];
  *result = CR_SCAN_QUOTE;
  if (w->state == CLOSED && at != w->quote + 1) return true;
  if (c == w->scan->delimiter) {
    end_field(w, at);
    return false;
  }
  if (c == '"') {
    if (w->state == PLAIN && at != w->field) return true;
    if (w->state == PLAIN) w->quoted_lines = 0;
    w->state = QUOTED;  // opened, or doubled
    return false;
  }
  *result = end_record(w, at);
  return true;
}

static cr_scan_result end_of_bytes(walk* w) {
  const cr_scan* scan = w->scan;
  w->record->seen = scan->n;
  w->record->field = w->field;
  if (w->state == QUOTED && goes_on_too_long(w, scan->n)) return CR_SCAN_UNCLOSED;
  if (w->state == CLOSED && w->quote + 1 < scan->n) return CR_SCAN_QUOTE;
  if (!scan->last || w->state == QUOTED) return CR_SCAN_MORE;
  return end_record(w, scan->n);
}

// A window of nothing but delimiters outside quotes: the common case in plain files.
static void end_fields(walk* w, size_t base, uint64_t delimiters) {
  const cr_scan* scan = w->scan;
  if (w->record->n_fields + CR_MASK_BYTES > scan->max_fields) {
    for (; delimiters != 0; delimiters &= delimiters - 1) {
      end_field(w, base + (size_t)__builtin_ctzll(delimiters));
    }
    return;
  }
  uint32_t* mark = w->mark;
  size_t count = 0;
  for (; delimiters != 0; delimiters &= delimiters - 1) {
    mark += scan->stride;
    *mark = (uint32_t)(base + (size_t)__builtin_ctzll(delimiters) + 1);
    count++;
  }
  w->mark = mark;
  w->field = *mark;
  w->record->n_fields += count;
}

cr_scan_result cr_scan_next(const cr_scan* scan, size_t from, cr_scan_record* record) {
  uint32_t unused[1];
  walk w = {.scan = scan, .record = record, .field = from, .state = PLAIN};
  w.mark = scan->mark == NULL ? unused : scan->mark;
  *w.mark = (uint32_t)from;
  *record = (cr_scan_record){0};

  for (size_t base = from; base < scan->n; base += CR_MASK_BYTES) {
    const cr_masks masks = cr_masks_of(scan->bytes + base, scan->delimiter);
    const size_t left = scan->n - base;
    const uint64_t valid =
        left >= CR_MASK_BYTES ? ~(uint64_t)0 : ((uint64_t)1 << left) - 1;
    uint64_t special = (masks.delimiter | masks.quote | masks.line_end) & valid;
    if (w.state == PLAIN && special == (masks.delimiter & valid)) {
      if (special != 0) end_fields(&w, base, special);
      continue;
    }
    for (; special != 0; special &= special - 1) {
      const size_t at = base + (size_t)__builtin_ctzll(special);
      cr_scan_result result;
      if (step(&w, at, &result)) {
        record->seen = at + 1;
        return result;
      }
    }
  }
  return end_of_bytes(&w);
}

bool cr_scan_line(const cr_scan* scan, size_t from, size_t* end, size_t* next) {
  size_t at = from;
  while (at < scan->n && scan->bytes[at] != '\n' && scan->bytes[at] != '\r') at++;
  if (at == scan->n && !scan->last) return false;
  *end = at;
  *next = at == scan->n ? at : at + 1;
  if (at < scan->n && scan->bytes[at] == '\r') {
    if (*next == scan->n) return scan->last;
    if (scan->bytes[*next] == '\n') (*next)++;
  }
  return true;
}

size_t cr_scan_undouble(const unsigned char* p, size_t n, unsigned char* out) {
  size_t length = 0;
  for (size_t i = 0; i < n; i++) {
    out[length++] = p[i];
    if (p[i] == '"' && i + 1 < n && p[i + 1] == '"') i++;
  }
  return length;
}
