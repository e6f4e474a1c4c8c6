#ifndef LCRISK_MODEL_REQUEST_H
#define LCRISK_MODEL_REQUEST_H

#include "data/json.h"
#include "model/inputs.h"

/// The body of a request as rows of a model's fields (model/inputs.h), read strictly: a
/// name that is no field, a name twice, a value its field cannot have are refused, with
/// the row. A field that is not given is missing.
///
/// | format | body |
/// | --- | --- |
/// | JSON | `[{"dti": 12.5, ...}, ...]`, one such object, or `{"dti": [12.5, ...], ...}`
/// | | NDJSON | an object a line; empty lines do not count | | CSV | RFC 4180 with
/// commas; the first record names the fields |
///
/// A value is a text, or a number as its text, by the grammar of its field; null and what
/// the grammar takes for missing are missing; true and false are those words.
typedef enum { CR_BODY_JSON, CR_BODY_NDJSON, CR_BODY_CSV } cr_body;

typedef struct {
  size_t n_rows, n_fields;
  double* value;    ///< field f of row i at value[f * n_rows + i], NaN when missing
  uint8_t* given;   ///< by field: 1 when some row has it
  uint8_t* unseen;  ///< by field: 1 when some text was no level, and so is missing
} cr_request;

/// Reads `n` bytes. Must be zeroed before; freed after, also on failure. CR_EPARSE
/// `encoding`, `syntax`, `not_rows`, `nested`, `repeated_field`, `unequal_columns`,
/// `csv`; CR_EINPUT `unknown_field`, `bad_value`, `no_rows`; CR_ELIMIT `too_many_rows`
/// above `max_rows`. err->line is the row, from 1, where there is one. Memory:
/// at most 24 bytes a field and row, and two copies of the body. O(n log fields).
cr_status cr_request_read(const cr_inputs* inputs, cr_body format,
                          const unsigned char* body, size_t n, size_t max_rows,
                          cr_request* request, cr_error* err);

void cr_request_free(cr_request* request);

#endif
