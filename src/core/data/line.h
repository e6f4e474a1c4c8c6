#ifndef LCRISK_DATA_LINE_H
#define LCRISK_DATA_LINE_H

#include <stddef.h>
#include <stdint.h>

/// Every record of a file is in exactly one class.
typedef enum {
  CR_LINE_KEPT,
  CR_LINE_BANNER,  ///< text before the header, or Lending Club's first line again
  CR_LINE_HEADER,
  CR_LINE_SECTION,  ///< "Loans that do not meet the credit policy"
  CR_LINE_FOOTER,   ///< "Total amount funded in policy code 1: 460296150"
  CR_LINE_BLANK,    ///< nothing, or nothing but delimiters
  CR_LINE_REPEATED_HEADER,
  CR_LINE_REJECTED,
  CR_LINE_CLASSES  ///< how many there are
} cr_line_class;

/// Why a record was rejected.
typedef enum {
  CR_REJECT_SHORT,
  CR_REJECT_LONG,
  CR_REJECT_QUOTE,
  CR_REJECT_UNCLOSED,
  CR_REJECT_NUL,
  CR_REJECT_TRUNCATED,  ///< the last one, cut off
  CR_REJECT_STATUS,     ///< a loan status that is not in the published table
  CR_REJECTS            ///< how many there are
} cr_reject;

/// "kept", "banner", ... and "short_row", "long_row", ...
const char* cr_line_class_name(cr_line_class line);
const char* cr_reject_name(cr_reject reason);

/// What the footer states.
typedef struct {
  int32_t policy_code;
  double amount;
} cr_footer;

/// The class of a record whose only text is `text` (trimmed, unquoted): blank, banner,
/// section, footer (then `*footer` is filled), or kept when it is none of these.
cr_line_class cr_line_of_text(const unsigned char* text, size_t n, cr_footer* footer);

#endif
