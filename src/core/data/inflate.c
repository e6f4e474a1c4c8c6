#include "data/inflate.h"

#include <stdbool.h>
#include <string.h>
#include <zlib.h>

#include "base/mem.h"
#include "data/file.h"
#include "data/sniff.h"
#include "data/zip.h"

#include "base/exact.h"

enum {
  PACKED = 128 << 10,  // bytes read from the file at a time
  HEAD = 8 << 10,      // unpacked bytes looked at before anything is handed out
  MOST = 64 << 20,     // bytes handed out at a time
  GZIP_BITS = 15 + 16,
  RAW_BITS = -15
};

#define DEFAULT_BYTES ((uint64_t)64 << 30)
#define FREE_OF_RATIO ((uint64_t)64 << 20)
enum { DEFAULT_RATIO = 250 };

struct cr_source {
  cr_file file;
  cr_container container;
  cr_zip_entry entry;
  uint64_t max_bytes, max_ratio;

  uint64_t next, end;  // file bytes not yet read: [next, end)
  uint64_t unpacked;
  uint32_t crc;  // of a zip entry, so far

  z_stream stream;
  bool stream_is_open;
  bool in_member;  // between the first byte of a deflate stream and its end
  bool finished;   // everything read and verified

  size_t head_at, head_size;
  unsigned char head[HEAD];
  unsigned char packed[PACKED];
};

// zlib's memory comes from the one allocator too, so that tests can fail it.
static voidpf zlib_alloc(voidpf unused, uInt count, uInt size) {
  (void)unused;
  return cr_alloc(count, size);
}

static void zlib_free(voidpf unused, voidpf block) {
  (void)unused;
  cr_free(block);
}

static cr_status fail_limit(const cr_source* source, cr_error* err) {
  if (source->unpacked > source->max_bytes) {
    return cr_fail(err, CR_ELIMIT, "limit",
                   "the file unpacks to more than the limit of %.0f MB",
                   (double)source->max_bytes / 1e6);
  }
  return cr_fail(err, CR_ELIMIT, "limit",
                 "the file unpacks to more than %.0f times its size",
                 (double)source->max_ratio);
}

static cr_status check_limits(const cr_source* source, cr_error* err) {
  const uint64_t packed = source->next - source->stream.avail_in;
  const bool ratio_counts =
      source->container != CR_IS_TEXT && source->unpacked > FREE_OF_RATIO;
  if (source->unpacked > source->max_bytes ||
      (ratio_counts && source->unpacked / source->max_ratio > packed)) {
    return fail_limit(source, err);
  }
  return CR_OK;
}

static cr_status fail_archive(const cr_source* source, bool cut, cr_error* err) {
  const int64_t offset = (int64_t)(source->next - source->stream.avail_in);
  if (source->container == CR_IS_ZIP) {
    return cr_fail_at(err, CR_EPARSE, "zip_corrupt", 0, offset,
                      "the zip archive is damaged: its contents do not match its "
                      "checksum or length");
  }
  if (cut) {
    return cr_fail_at(err, CR_EPARSE, "gzip_truncated", 0, offset,
                      "the gzip file is cut off: its end is missing");
  }
  return cr_fail_at(err, CR_EPARSE, "gzip_corrupt", 0, offset,
                    "the gzip file is damaged: its contents do not match its checksum "
                    "or length");
}

// ---- plain bytes: text files and stored zip entries ----

static cr_status read_plain(cr_source* source, unsigned char* into, size_t capacity,
                            size_t* got, cr_error* err) {
  const uint64_t left = source->end - source->next;
  const size_t n = left < capacity ? (size_t)left : capacity;
  const cr_status status =
      cr_file_read_at(&source->file, source->next, into, n, got, err);
  source->next += *got;
  return status;
}

// ---- deflated bytes ----

static cr_status refill(cr_source* source, cr_error* err) {
  size_t got;
  const cr_status status = read_plain(source, source->packed, PACKED, &got, err);
  source->stream.next_in = source->packed;
  source->stream.avail_in = (uInt)got;
  return status;
}

// At the end of a gzip member: the file ends here, or another member follows.
static cr_status next_member(cr_source* source, cr_error* err) {
  source->in_member = false;
  if (source->container == CR_IS_ZIP) {
    const bool exact = source->stream.avail_in == 0 && source->next == source->end;
    return exact ? CR_OK : fail_archive(source, false, err);
  }
  if (source->stream.avail_in == 0) {
    const cr_status status = refill(source, err);
    if (status != CR_OK || source->stream.avail_in == 0) return status;
  }
  if (source->stream.next_in[0] != 0x1f) {
    return cr_fail_at(err, CR_EPARSE, "gzip_trailing", 0,
                      (int64_t)(source->next - source->stream.avail_in),
                      "other bytes follow the end of the gzip file");
  }
  source->in_member = true;
  if (inflateReset(&source->stream) != Z_OK) return fail_archive(source, false, err);
  return CR_OK;
}

static cr_status read_deflated(cr_source* source, unsigned char* into, size_t capacity,
                               size_t* got, cr_error* err) {
  z_stream* stream = &source->stream;
  if (capacity > PACKED) capacity = PACKED;  // so that limits are looked at often
  stream->next_out = into;
  stream->avail_out = (uInt)capacity;
  while (source->in_member && stream->avail_out == capacity) {
    if (stream->avail_in == 0) {
      const cr_status status = refill(source, err);
      if (status != CR_OK) return status;
      if (stream->avail_in == 0) return fail_archive(source, true, err);
    }
    const int result = inflate(stream, Z_NO_FLUSH);
    if (result == Z_STREAM_END) {
      const cr_status status = next_member(source, err);
      if (status != CR_OK) return status;
    } else if (result == Z_MEM_ERROR) {
      return cr_fail(err, CR_ENOMEM, "memory", "no memory to unpack the file");
    } else if (result != Z_OK && result != Z_BUF_ERROR) {
      return fail_archive(source, false, err);
    }
  }
  *got = capacity - stream->avail_out;
  return CR_OK;
}

static cr_status start_inflate(cr_source* source, int window_bits, cr_error* err) {
  source->stream.zalloc = zlib_alloc;
  source->stream.zfree = zlib_free;
  if (inflateInit2(&source->stream, window_bits) != Z_OK) {
    return cr_fail(err, CR_ENOMEM, "memory", "no memory to unpack the file");
  }
  source->stream_is_open = true;
  source->in_member = true;
  return CR_OK;
}

// ---- all kinds ----

static cr_status finish(cr_source* source, cr_error* err) {
  source->finished = true;
  if (source->container == CR_IS_ZIP &&
      (source->unpacked != source->entry.size || source->crc != source->entry.crc)) {
    return fail_archive(source, false, err);
  }
  return cr_file_check_unchanged(&source->file, err);
}

static cr_status read_some(cr_source* source, unsigned char* into, size_t capacity,
                           size_t* got, cr_error* err) {
  *got = 0;
  if (source->finished) return CR_OK;
  if (capacity > MOST) capacity = MOST;
  const cr_status status = source->stream_is_open
                               ? read_deflated(source, into, capacity, got, err)
                               : read_plain(source, into, capacity, got, err);
  if (status != CR_OK) return status;
  if (*got == 0) return finish(source, err);
  source->unpacked += *got;
  if (source->container == CR_IS_ZIP) {
    source->crc = (uint32_t)crc32(source->crc, into, (uInt)*got);
  }
  return check_limits(source, err);
}

static cr_status enter(cr_source* source, const char* member, cr_error* err) {
  unsigned char magic[4] = {0};
  size_t got;
  cr_status status = cr_file_read_at(&source->file, 0, magic, sizeof magic, &got, err);
  if (status != CR_OK) return status;
  source->end = source->file.size;
  source->container = cr_sniff_container(magic, got);
  if (member != NULL && source->container != CR_IS_ZIP) {
    return cr_fail(err, CR_EINPUT, "member", "this is no zip archive and has no members");
  }
  switch (source->container) {
    case CR_IS_TEXT: break;
    case CR_IS_GZIP: return start_inflate(source, GZIP_BITS, err);
    case CR_IS_ZIP:
      status = cr_zip_find(&source->file, member, &source->entry, err);
      if (status != CR_OK) return status;
      source->next = source->entry.data_offset;
      source->end = source->next + source->entry.packed_size;
      if (source->entry.deflated) return start_inflate(source, RAW_BITS, err);
      break;
  }
  return CR_OK;
}

// The first bytes are looked at before any is handed out.
static cr_status fill_head(cr_source* source, cr_error* err) {
  while (source->head_size < HEAD) {
    size_t got;
    const cr_status status = read_some(source, source->head + source->head_size,
                                       HEAD - source->head_size, &got, err);
    if (status != CR_OK) return status;
    if (got == 0) break;
    source->head_size += got;
  }
  return cr_sniff_text(source->head, source->head_size, err);
}

static cr_status start(cr_source* source, const cr_source_options* options,
                       cr_error* err) {
  const cr_source_options none = {0};
  if (options == NULL) options = &none;
  source->max_bytes = options->max_bytes > 0 ? options->max_bytes : DEFAULT_BYTES;
  source->max_ratio = options->max_ratio > 0 ? options->max_ratio : DEFAULT_RATIO;
  const cr_status status = enter(source, options->member, err);
  return status == CR_OK ? fill_head(source, err) : status;
}

static cr_source* new_source(void) {
  cr_source* source = cr_alloc(1, sizeof *source);
  if (source != NULL) memset(source, 0, offsetof(cr_source, head));
  return source;
}

static cr_status fail_source(cr_error* err) {
  return cr_fail(err, CR_ENOMEM, "memory", "no memory to open the file");
}

static cr_status hand_over(cr_source* opened, cr_status status, cr_source** source) {
  if (status == CR_OK) {
    *source = opened;
  } else {
    cr_source_close(opened);
  }
  return status;
}

cr_status cr_source_open(const char* path, const cr_source_options* options,
                         cr_source** source, cr_error* err) {
  cr_source* opened = new_source();
  if (opened == NULL) return fail_source(err);
  cr_status status = cr_file_open(&opened->file, path, err);
  if (status == CR_OK) status = start(opened, options, err);
  return hand_over(opened, status, source);
}

cr_status cr_source_open_memory(const void* bytes, size_t n,
                                const cr_source_options* options, cr_source** source,
                                cr_error* err) {
  cr_source* opened = new_source();
  if (opened == NULL) return fail_source(err);
  cr_file_from_memory(&opened->file, bytes, n);
  return hand_over(opened, start(opened, options, err), source);
}

cr_status cr_source_read(cr_source* source, unsigned char* into, size_t capacity,
                         size_t* got, cr_error* err) {
  const size_t ready = source->head_size - source->head_at;
  if (ready == 0) return read_some(source, into, capacity, got, err);
  *got = ready < capacity ? ready : capacity;
  memcpy(into, source->head + source->head_at, *got);
  source->head_at += *got;
  return CR_OK;
}

double cr_source_progress(const cr_source* source) {
  if (source->finished || source->file.size == 0) return 1;
  return (double)source->next / (double)source->file.size;
}

void cr_source_close(cr_source* source) {
  if (source == NULL) return;
  if (source->stream_is_open) (void)inflateEnd(&source->stream);
  cr_file_close(&source->file);
  cr_free(source);
}
