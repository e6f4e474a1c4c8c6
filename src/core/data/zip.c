#include "data/zip.h"

#include <stdio.h>
#include <string.h>

#include "base/mem.h"

enum {
  END_SIZE = 22,
  LOCATOR_SIZE = 20,
  END64_SIZE = 56,
  CENTRAL_SIZE = 46,
  LOCAL_SIZE = 30,
  MAX_COMMENT = 65535,
  MAX_ENTRIES = 1024,
  MAX_DIRECTORY = 16 << 20,
  FLAG_ENCRYPTED = 1,
  STORED = 0,
  DEFLATED = 8,
  HOST_UNIX = 3,
  UNIX_TYPE = 0170000,
  UNIX_LINK = 0120000,
  EXTRA_ZIP64 = 1
};

typedef struct {
  uint64_t local_offset;
  uint64_t end;  // one past the packed bytes; known after the local header was read
  unsigned flags, method;
  bool is_link;
  cr_zip_entry entry;
} record;

typedef struct {
  uint64_t offset, size, count;
} directory;

static uint64_t little(const unsigned char* p, int bytes) {
  uint64_t value = 0;
  for (int i = bytes - 1; i >= 0; i--) value = value << 8 | p[i];
  return value;
}

static unsigned u16(const unsigned char* p) { return (unsigned)little(p, 2); }
static uint32_t u32(const unsigned char* p) { return (uint32_t)little(p, 4); }

static cr_status fail_corrupt(cr_error* err, const char* why) {
  return cr_fail(err, CR_EPARSE, "zip_corrupt", "the zip archive is damaged: %s", why);
}

static cr_status read_exactly(cr_file* file, uint64_t offset, void* into, size_t n,
                              cr_error* err) {
  size_t got;
  const cr_status status = cr_file_read_at(file, offset, into, n, &got, err);
  if (status != CR_OK) return status;
  return got == n ? CR_OK : fail_corrupt(err, "it ends too early");
}

// ---- the end record, which says where the directory is ----

static cr_status read_end64(cr_file* file, uint64_t end_offset, directory* out,
                            cr_error* err) {
  unsigned char locator[LOCATOR_SIZE], end[END64_SIZE];
  if (end_offset < LOCATOR_SIZE) return fail_corrupt(err, "the zip64 locator is missing");
  cr_status status =
      read_exactly(file, end_offset - LOCATOR_SIZE, locator, sizeof locator, err);
  if (status != CR_OK) return status;
  if (memcmp(locator, "PK\x06\x07", 4) != 0) {
    return fail_corrupt(err, "the zip64 locator is missing");
  }
  status = read_exactly(file, little(locator + 8, 8), end, sizeof end, err);
  if (status != CR_OK) return status;
  if (memcmp(end, "PK\x06\x06", 4) != 0) {
    return fail_corrupt(err, "the zip64 end record is missing");
  }
  out->count = little(end + 32, 8);
  out->size = little(end + 40, 8);
  out->offset = little(end + 48, 8);
  return CR_OK;
}

// The last end record whose comment reaches exactly to the end of the file.
static const unsigned char* last_end(const unsigned char* tail, size_t n) {
  for (size_t back = END_SIZE; back <= n; back++) {
    const unsigned char* p = tail + n - back;
    if (memcmp(p, "PK\x05\x06", 4) == 0 && u16(p + 20) == back - END_SIZE) return p;
  }
  return NULL;
}

static cr_status find_directory(cr_file* file, directory* out, cr_error* err) {
  const uint64_t reach = END_SIZE + MAX_COMMENT;
  const size_t n = (size_t)(file->size < reach ? file->size : reach);
  unsigned char* tail = cr_alloc(n, 1);
  if (tail == NULL) return cr_fail(err, CR_ENOMEM, "memory", "no memory for a zip file");
  cr_status status = CR_OK;
  CR_TRY(read_exactly(file, file->size - n, tail, n, err));
  const unsigned char* end = last_end(tail, n);
  if (end == NULL) {
    CR_TRY(fail_corrupt(err, "its directory is missing, so it is not complete"));
  }
  out->count = u16(end + 10);
  out->size = u32(end + 12);
  out->offset = u32(end + 16);
  const uint64_t end_offset = file->size - n + (uint64_t)(end - tail);
  if (out->count == 0xffff || out->size == 0xffffffff || out->offset == 0xffffffff) {
    CR_TRY(read_end64(file, end_offset, out, err));
  } else if (u16(end + 4) != 0 || u16(end + 6) != 0) {
    CR_TRY(fail_corrupt(err, "it is one part of several"));
  }
  if (out->offset > end_offset || out->size > end_offset - out->offset) {
    CR_TRY(fail_corrupt(err, "its directory lies outside the file"));
  }
  if (out->count > MAX_ENTRIES || out->size > MAX_DIRECTORY) {
    CR_TRY(cr_fail(err, CR_ELIMIT, "zip_entries",
                   "the zip archive has more than %d entries", MAX_ENTRIES));
  }
done:
  cr_free(tail);
  return status;
}

// ---- one directory record ----

// Sizes and offset that did not fit 32 bits stand in the zip64 extra field, in order.
static bool read_zip64(const unsigned char* extra, size_t n, record* out) {
  uint64_t* const wide[] = {&out->entry.size, &out->entry.packed_size,
                            &out->local_offset};
  size_t at = 0;
  while (n - at >= 4) {
    const unsigned kind = u16(extra + at);
    const size_t size = u16(extra + at + 2);
    at += 4;
    if (size > n - at) return false;
    if (kind == EXTRA_ZIP64) {
      size_t used = 0;
      for (int i = 0; i < 3; i++) {
        if (*wide[i] != 0xffffffff) continue;
        if (size - used < 8) return false;
        *wide[i] = little(extra + at + used, 8);
        used += 8;
      }
      return true;
    }
    at += size;
  }
  return true;
}

static bool parse_record(const unsigned char* p, size_t n, record* out, size_t* used) {
  if (n < CENTRAL_SIZE || memcmp(p, "PK\x01\x02", 4) != 0) return false;
  const size_t name = u16(p + 28), extra = u16(p + 30), comment = u16(p + 32);
  *used = CENTRAL_SIZE + name + extra + comment;
  if (*used > n || name == 0 || name >= sizeof out->entry.name) return false;
  *out =
      (record){.local_offset = u32(p + 42), .flags = u16(p + 8), .method = u16(p + 10)};
  out->is_link = p[5] == HOST_UNIX && (u32(p + 38) >> 16 & UNIX_TYPE) == UNIX_LINK;
  out->entry.crc = u32(p + 16);
  out->entry.packed_size = u32(p + 20);
  out->entry.size = u32(p + 24);
  out->entry.deflated = out->method == DEFLATED;
  memcpy(out->entry.name, p + CENTRAL_SIZE, name);
  return memchr(out->entry.name, 0, name) == NULL &&
         read_zip64(p + CENTRAL_SIZE + name, extra, out);
}

static bool is_letter(char c) { return (c | 32) >= 'a' && (c | 32) <= 'z'; }

static bool is_unsafe_name(const char* name) {
  if (name[0] == '/' || name[0] == '\\' || (is_letter(name[0]) && name[1] == ':')) {
    return true;
  }
  for (const char* part = name; part != NULL;) {
    const size_t length = strcspn(part, "/\\");
    if (length == 2 && part[0] == '.' && part[1] == '.') return true;
    part = part[length] == 0 ? NULL : part + length + 1;
  }
  return false;
}

static bool ends_with(const char* name, const char* ending) {
  const size_t n = strlen(name), m = strlen(ending);
  if (n < m) return false;
  for (size_t i = 0; i < m; i++) {
    const char c = name[n - m + i];
    if ((c >= 'A' && c <= 'Z' ? c + 32 : c) != ending[i]) return false;
  }
  return true;
}

// Folders and what macOS adds are nothing a user put there.
static bool is_noise(const char* name) {
  return ends_with(name, "/") || strncmp(name, "__MACOSX/", 9) == 0 ||
         ends_with(name, ".ds_store");
}

static bool is_table_name(const char* name) {
  return ends_with(name, ".csv") || ends_with(name, ".txt") || ends_with(name, ".tsv");
}

static cr_status check_office(const record* records, size_t n, cr_error* err) {
  for (size_t i = 0; i < n; i++) {
    const char* name = records[i].entry.name;
    const bool excel = strncmp(name, "xl/", 3) == 0;
    const bool word = strncmp(name, "word/", 5) == 0;
    if (excel || word || strcmp(name, "content.xml") == 0) {
      return cr_fail(err, CR_EPARSE, "wrong_type", "this is %s, not a loan file",
                     excel  ? "an Excel workbook (.xlsx)"
                     : word ? "a Word document (.docx)"
                            : "an OpenDocument file");
    }
  }
  return CR_OK;
}

// ---- where the bytes of each entry lie ----

static cr_status locate(cr_file* file, record* r, uint64_t limit, cr_error* err) {
  unsigned char local[LOCAL_SIZE];
  cr_status status = read_exactly(file, r->local_offset, local, sizeof local, err);
  if (status != CR_OK) return status;
  if (memcmp(local, "PK\x03\x04", 4) != 0 || u16(local + 8) != r->method) {
    return fail_corrupt(err, "directory and contents disagree");
  }
  r->entry.data_offset = r->local_offset + LOCAL_SIZE + u16(local + 26) + u16(local + 28);
  if (r->entry.data_offset > limit ||
      r->entry.packed_size > limit - r->entry.data_offset) {
    return fail_corrupt(err, "an entry lies outside the file");
  }
  r->end = r->entry.data_offset + r->entry.packed_size;
  return CR_OK;
}

// Entries that share bytes are how small archives unpack to petabytes.
static cr_status check_overlaps(record* records, size_t n, cr_error* err) {
  for (size_t i = 1; i < n; i++) {  // by offset; directories are nearly sorted
    const record moved = records[i];
    size_t j = i;
    for (; j > 0 && records[j - 1].local_offset > moved.local_offset; j--) {
      records[j] = records[j - 1];
    }
    records[j] = moved;
  }
  for (size_t i = 1; i < n; i++) {
    if (records[i].local_offset < records[i - 1].end) {
      return fail_corrupt(err, "its entries overlap");
    }
  }
  return CR_OK;
}

// ---- which entry ----

static cr_status fail_choice(const record* records, size_t n, const char* wanted,
                             cr_error* err) {
  char list[320] = "";
  size_t used = 0, shown = 0, files = 0;
  for (size_t i = 0; i < n; i++) {
    if (is_noise(records[i].entry.name)) continue;
    files++;
    const size_t length = strlen(records[i].entry.name);
    if (used + length + 5 > sizeof list) continue;
    const int wrote = snprintf(list + used, sizeof list - used, "%s`%s`",
                               shown > 0 ? ", " : "", records[i].entry.name);
    for (size_t k = used; k < used + (size_t)wrote; k++) {  // other bytes may be no UTF-8
      if (list[k] < ' ' || list[k] > '~') list[k] = '?';
    }
    used += (size_t)wrote;
    shown++;
  }
  if (wanted != NULL) {
    return cr_fail(err, CR_EPARSE, "zip_choice",
                   "the zip archive has no entry of that name; it has %s%s",
                   files == 0 ? "none" : list, shown < files ? " and more" : "");
  }
  if (files == 0) {
    return cr_fail(err, CR_EPARSE, "zip_choice", "the zip archive holds no file");
  }
  return cr_fail(err, CR_EPARSE, "zip_choice",
                 "the zip archive holds %zu files, choose one with `member`: %s%s", files,
                 list, shown < files ? " and more" : "");
}

static cr_status choose(const record* records, size_t n, const char* wanted,
                        const record** chosen, cr_error* err) {
  const record* table = NULL;
  const record* any = NULL;
  size_t tables = 0, others = 0;
  for (size_t i = 0; i < n; i++) {
    const char* name = records[i].entry.name;
    if (wanted != NULL) {
      if (strcmp(name, wanted) != 0) continue;
      table = &records[i];
      tables++;
    } else if (is_table_name(name) && !is_noise(name)) {
      table = &records[i];
      tables++;
    } else if (!is_noise(name)) {
      any = &records[i];
      others++;
    }
  }
  *chosen = tables == 1 ? table : tables == 0 && others == 1 ? any : NULL;
  if (*chosen == NULL) return fail_choice(records, n, wanted, err);
  if ((*chosen)->flags & FLAG_ENCRYPTED) {
    return cr_fail(err, CR_EPARSE, "zip_encrypted", "the zip archive is encrypted");
  }
  if ((*chosen)->method != STORED && (*chosen)->method != DEFLATED) {
    return cr_fail(err, CR_EPARSE, "zip_method",
                   "the zip archive uses compression method %u; only 8 (deflate) and 0 "
                   "(stored) are read",
                   (*chosen)->method);
  }
  if ((*chosen)->method == STORED &&
      (*chosen)->entry.packed_size != (*chosen)->entry.size) {
    return fail_corrupt(err, "a stored entry has two sizes");
  }
  return CR_OK;
}

static cr_status read_records(const unsigned char* bytes, const directory* where,
                              record* records, cr_error* err) {
  size_t at = 0;
  for (size_t i = 0; i < where->count; i++) {
    size_t used = 0;
    if (!parse_record(bytes + at, (size_t)where->size - at, &records[i], &used)) {
      return fail_corrupt(err, "its directory is not readable");
    }
    at += used;
    if (records[i].is_link || is_unsafe_name(records[i].entry.name)) {
      return cr_fail(err, CR_EPARSE, "zip_unsafe_path",
                     "the zip archive has an entry that points outside it");
    }
  }
  return CR_OK;
}

cr_status cr_zip_find(cr_file* file, const char* wanted, cr_zip_entry* found,
                      cr_error* err) {
  directory where = {0};
  cr_status status = find_directory(file, &where, err);
  if (status != CR_OK) return status;

  const size_t n = (size_t)where.count;
  unsigned char* bytes = cr_alloc((size_t)where.size, 1);
  record* records = cr_alloc_zero(n, sizeof *records);
  if (bytes == NULL || records == NULL) {
    status = cr_fail(err, CR_ENOMEM, "memory", "no memory for %zu zip entries", n);
    goto done;
  }
  CR_TRY(read_exactly(file, where.offset, bytes, (size_t)where.size, err));
  CR_TRY(read_records(bytes, &where, records, err));
  CR_TRY(check_office(records, n, err));
  for (size_t i = 0; i < n; i++) CR_TRY(locate(file, &records[i], where.offset, err));
  CR_TRY(check_overlaps(records, n, err));
  const record* chosen = NULL;
  CR_TRY(choose(records, n, wanted, &chosen, err));
  *found = chosen->entry;

done:
  cr_free(records);
  cr_free(bytes);
  return status;
}
