#ifndef LCRISK_DATA_SNIFF_H
#define LCRISK_DATA_SNIFF_H

#include <stddef.h>

#include "base/status.h"

/// What the first bytes of a file say it is.
typedef enum { CR_IS_TEXT, CR_IS_GZIP, CR_IS_ZIP } cr_container;

/// The container that `bytes`, the first of a file, announce.
cr_container cr_sniff_container(const unsigned char* bytes, size_t n);

/// Refuses content that cannot be a delimited text file, by its first bytes (a few
/// thousand will do): CR_EPARSE `empty_file` (nothing but white space), `wrong_type`
/// naming what it is (PDF, Excel, HTML, R data, JSON, SQLite ...), `encoding` (UTF-16
/// or UTF-32, with or without a byte order mark).
cr_status cr_sniff_text(const unsigned char* bytes, size_t n, cr_error* err);

#endif
