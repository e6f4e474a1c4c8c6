#include "data/line.h"

#include <stdbool.h>
#include <string.h>

#include "data/cell.h"

const char* cr_line_class_name(cr_line_class line) {
  static const char* const names[CR_LINE_CLASSES] = {
      "kept",   "banner", "header",          "section",
      "footer", "blank",  "repeated_header", "rejected"};
  return names[line];
}

const char* cr_reject_name(cr_reject reason) {
  static const char* const names[CR_REJECTS] = {
      "short_row", "long_row",           "bad_quote",     "unclosed_quote",
      "nul_byte",  "truncated_last_row", "unknown_status"};
  return names[reason];
}

static bool starts_with(const unsigned char* text, size_t n, const char* start) {
  const size_t length = strlen(start);
  return n >= length && memcmp(text, start, length) == 0;
}

// `<code>: <amount>`
static bool read_footer(const unsigned char* p, size_t n, cr_footer* footer) {
  const unsigned char* colon = memchr(p, ':', n);
  if (colon == NULL) return false;
  const size_t before = (size_t)(colon - p);
  return cr_cell_count(p, before, &footer->policy_code) == CR_CELL_OK &&
         cr_cell_number(colon + 1, n - before - 1, &footer->amount) == CR_CELL_OK;
}

cr_line_class cr_line_of_text(const unsigned char* text, size_t n, cr_footer* footer) {
  static const char total[] = "Total amount funded in policy code";
  cr_cell_trim(&text, &n);
  if (n == 0) return CR_LINE_BLANK;
  if (starts_with(text, n, "Loans that do not meet the credit policy")) {
    return CR_LINE_SECTION;
  }
  if (starts_with(text, n, "Notes offered by Prospectus")) return CR_LINE_BANNER;
  const size_t skip = sizeof total - 1;
  if (starts_with(text, n, total) && read_footer(text + skip, n - skip, footer)) {
    return CR_LINE_FOOTER;
  }
  return CR_LINE_KEPT;
}
