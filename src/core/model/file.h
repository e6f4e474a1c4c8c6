#ifndef LCRISK_MODEL_FILE_H
#define LCRISK_MODEL_FILE_H

#include "model/write.h"

/// The container of a model file: named sections under one checksum.
///
///   "LCRM\r\n\x1a\n"                        8 bytes; text-mode copies break it
///   major (2) · minor (2) · sections (4)    this code reads major 1
///   length of the whole file (8)
///   for each section                        40 bytes
///     name (16, zeros after it) · 1 when required, else 0 (4) · zeros (4)
///     offset (8) · length (8)
///   the sections                            each one value of model/value.h
///   SHA-256 of everything before (32)
///
/// All little-endian. Sections follow each other without gaps in the order of the table,
/// so one content has one form. A reader skips sections it does not know unless they
/// are required. There is no date, path or name of a person or machine.
enum {
  CR_MODEL_MAJOR = 1,
  CR_MODEL_MINOR = 0,
  CR_SECTIONS_MAX = 32,
  CR_SECTION_NAME = 16
};

typedef struct {
  char name[CR_SECTION_NAME + 1];
  bool required;
  size_t offset, length;
  cr_value* values;  ///< NULL until cr_model_file_section()
} cr_section;

typedef struct {
  uint8_t* bytes;  ///< owned, aligned
  size_t n;
  size_t n_sections;
  cr_section section[CR_SECTIONS_MAX];
} cr_model_file;

/// Reads a whole file of at most `max_bytes` and checks it as cr_model_file_copy() does.
/// CR_EIO when it cannot be read, CR_ELIMIT `too_large`.
cr_status cr_model_file_read(const char* path, uint64_t max_bytes, cr_model_file* file,
                             cr_error* err);

/// Takes a copy of `n` bytes, and checks in this order, each before the next: magic,
/// version, length, checksum, table. CR_EMODEL `truncated`, `not_lcrisk` (says what it
/// looks like), `too_new`, `trailing`, `checksum`, `sections`. `file` must be zeroed
/// before and freed after; after a failure it is empty.
cr_status cr_model_file_copy(const void* bytes, size_t n, cr_model_file* file,
                             cr_error* err);

void cr_model_file_free(cr_model_file* file);

/// The values of the section of that name, read and checked at the first call; they live
/// as long as `file`. CR_EMODEL `section` when there is none.
cr_status cr_model_file_section(cr_model_file* file, const char* name,
                                const cr_value** values, cr_error* err);

/// Writing: begin with the sections' names, write each one's value after calling
/// cr_model_file_mark() with its place, and end. Failures stay in `writer->status`.
void cr_model_file_begin(cr_writer* writer, const char* const* name, const bool* required,
                         size_t n);
void cr_model_file_mark(cr_writer* writer, size_t section);
void cr_model_file_end(cr_writer* writer);

#endif
