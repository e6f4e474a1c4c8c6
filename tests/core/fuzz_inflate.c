// Any bytes as a text file, a gzip file or a zip archive: it is read to a verified end
// within the limits, or refused.

#include <stdlib.h>

#include "data/inflate.h"

int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  enum { LIMIT = 1 << 20 };
  const cr_source_options options = {.max_bytes = LIMIT};
  cr_error err;
  cr_source* source = NULL;
  if (cr_source_open_memory(data, size, &options, &source, &err) != CR_OK) return 0;
  static unsigned char into[4096];
  size_t got = 1, total = 0;
  while (got > 0 && cr_source_read(source, into, sizeof into, &got, &err) == CR_OK) {
    total += got;
    if (total > LIMIT) abort();
  }
  cr_source_close(source);
  return 0;
}
