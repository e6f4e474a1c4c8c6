#ifndef LCRISK_MODEL_WRITE_H
#define LCRISK_MODEL_WRITE_H

#include "model/value.h"

/// Bytes that grow; the counterpart of model/value.h. A zeroed struct is empty. The
/// first failure stays in `status` and stops all later writing, so that only the last
/// step needs a check.
typedef struct {
  uint8_t* bytes;
  size_t n, room;
  cr_status status;  ///< CR_OK, CR_ENOMEM, or CR_ELIMIT past 2^32 bytes of text
} cr_writer;

void cr_writer_free(cr_writer* writer);

void cr_write_bytes(cr_writer* writer, const void* bytes, size_t n);
void cr_write_32(cr_writer* writer, uint32_t word);
void cr_write_64(cr_writer* writer, uint64_t word);

/// Zeros up to a multiple of 8 bytes.
void cr_write_fill(cr_writer* writer);

/// The head of a value; names, if `named`, and payload follow. A list's elements are
/// written after it.
void cr_write_head(cr_writer* writer, cr_value_type type, bool named, size_t n);

/// Gives text i and its length, which may be anything when the text is missing: NULL.
typedef const char* (*cr_text_source)(const void* data, size_t i, size_t* n);

/// Texts or names.
void cr_write_texts(cr_writer* writer, cr_text_source source, const void* data, size_t n);

void cr_write_integers(cr_writer* writer, const int32_t* x, size_t n);
void cr_write_numbers(cr_writer* writer, const double* x, size_t n);

#endif
