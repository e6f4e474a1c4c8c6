#ifndef LCRISK_DATA_CSV_H
#define LCRISK_DATA_CSV_H

#include <stddef.h>
#include <stdint.h>

#include "base/status.h"
#include "base/team.h"
#include "data/block.h"
#include "data/column.h"
#include "data/header.h"
#include "data/inflate.h"

/// Reads a delimited text file into typed columns, every record accounted for.
///
/// First cr_csv_open() finds the header; the caller decides by its names which type each
/// column has; then cr_csv_read() reads the rest. While one thread fills and cuts up the
/// next block of about a megabyte, the others parse the columns of the block before, one
/// column per piece of work, so what comes out never depends on the number of threads.
typedef struct {
  cr_source* source;
  cr_dict known;     ///< canonical names of columns
  cr_dict statuses;  ///< statuses a row may have, as cr_intake_status() writes them
  cr_header header;
  cr_intake intake;  ///< where every record went
  cr_block block[2];
  cr_column_builder* column;  ///< header.n_fields of them
} cr_csv;

/// Adds a name that marks a header, before cr_csv_open().
cr_status cr_csv_add_known(cr_csv* csv, const unsigned char* name, size_t n,
                           cr_error* err);

/// Adds a status that rows may have, before cr_csv_read().
cr_status cr_csv_add_status(cr_csv* csv, const unsigned char* status, size_t n,
                            cr_error* err);

/// Takes over an open source and finds the header. `csv` starts zeroed, apart from the
/// two calls above. Errors: those of cr_source_read() and cr_header_find().
cr_status cr_csv_open(cr_csv* csv, cr_source* source, cr_error* err);

/// Reads everything. `types` has header.n_fields entries; rows whose field
/// `status_field` holds an unknown status are rejected (CR_NO_FIELD: no such check).
/// Errors: those of cr_source_read() and cr_block_index(), CR_ECANCELLED, CR_ENOMEM.
cr_status cr_csv_read(cr_csv* csv, const cr_cell_type* types, size_t status_field,
                      const cr_run* run, cr_error* err);

/// Idempotent; accepts a zeroed struct.
void cr_csv_free(cr_csv* csv);

#endif
