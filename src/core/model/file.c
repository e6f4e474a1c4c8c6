#include "model/file.h"

#include <string.h>

#include "base/mem.h"
#include "data/file.h"
#include "model/sha256.h"

#include "base/exact.h"

enum { HEAD = 24, ENTRY = 40, AT_LENGTH = 16, AT_OFFSET = 24 };

static const uint8_t MAGIC[8] = {'L', 'C', 'R', 'M', '\r', '\n', 0x1a, '\n'};

static uint64_t get(const uint8_t* p, int n) {
  uint64_t word = 0;
  for (int b = 0; b < n; b++) word |= (uint64_t)p[b] << (8 * b);
  return word;
}

static void put_64(uint8_t* p, uint64_t word) {
  for (int b = 0; b < 8; b++) p[b] = (uint8_t)(word >> (8 * b));
}

// ---- reading -------------------------------------------------------------------

// What else people keep models in, by its first bytes.
static const char* other_format(const uint8_t* bytes, size_t n) {
  static const struct {
    const char *start, *name;
  } known[] = {{"\x1f\x8b", "a gzip or RDS file"},
               {"RDX", "an RData file"},
               {"BZh", "a bzip2 or RDS file"},
               {"PK\x03\x04", "a zip file"},
               {"X\n", "an uncompressed RDS file"},
               {"\x80", "a Python pickle"},
               {"{", "a JSON file"},
               {"<", "an HTML or XML file"},
               {"tree\n", "a LightGBM model"},
               {"LCRM", "a model file that was copied as text"}};
  for (size_t k = 0; k < sizeof known / sizeof *known; k++) {
    const size_t length = strlen(known[k].start);
    if (n >= length && memcmp(bytes, known[k].start, length) == 0) return known[k].name;
  }
  return "something else";
}

static cr_status check_head(const uint8_t* bytes, size_t n, cr_error* err) {
  const size_t seen = n < sizeof MAGIC ? n : sizeof MAGIC;
  if (n > 0 && memcmp(bytes, MAGIC, seen) != 0) {
    return cr_fail(err, CR_EMODEL, "not_lcrisk", "this is no model file of lcrisk but %s",
                   other_format(bytes, n));
  }
  if (n < HEAD) {
    return cr_fail_at(err, CR_EMODEL, "truncated", 0, (int64_t)n,
                      "the model file ends after %zu bytes", n);
  }
  const uint64_t major = get(bytes + 8, 2), minor = get(bytes + 10, 2);
  if (major != CR_MODEL_MAJOR) {
    return cr_fail(err, CR_EMODEL, "too_new",
                   "the model file has format %d.%d, this lcrisk reads %d.%d", (int)major,
                   (int)minor, CR_MODEL_MAJOR, CR_MODEL_MINOR);
  }
  const uint64_t length = get(bytes + AT_LENGTH, 8);
  if (n < length || length < HEAD + CR_SHA256_BYTES) {
    return cr_fail_at(err, CR_EMODEL, "truncated", 0, (int64_t)n,
                      "the model file ends after %zu of %llu bytes", n,
                      (unsigned long long)length);
  }
  if (n > length) {
    return cr_fail_at(err, CR_EMODEL, "trailing", 0, (int64_t)length,
                      "the model file has %zu bytes after its end", n - (size_t)length);
  }
  return CR_OK;
}

static cr_status check_sum(const uint8_t* bytes, size_t n, cr_error* err) {
  uint8_t digest[CR_SHA256_BYTES];
  cr_sha256(bytes, n - sizeof digest, digest);
  if (memcmp(digest, bytes + n - sizeof digest, sizeof digest) == 0) return CR_OK;
  return cr_fail(err, CR_EMODEL, "checksum",
                 "the model file was changed: its checksum does not match");
}

static bool name_is_valid(const uint8_t* name) {
  size_t n = 0;
  while (n < CR_SECTION_NAME && name[n] > ' ' && name[n] < 127) n++;
  for (size_t i = n; i < CR_SECTION_NAME; i++) {
    if (name[i] != 0) return false;
  }
  return n > 0;
}

static bool is_repeated(const cr_model_file* file, size_t k) {
  for (size_t i = 0; i < k; i++) {
    if (strcmp(file->section[i].name, file->section[k].name) == 0) return true;
  }
  return false;
}

static cr_status check_table(cr_model_file* file, cr_error* err) {
  const uint64_t n = get(file->bytes + 12, 4);
  const uint64_t end = file->n - CR_SHA256_BYTES;
  uint64_t next = HEAD + n * ENTRY;
  bool holds = n <= CR_SECTIONS_MAX && next <= end;
  for (size_t k = 0; holds && k < n; k++) {
    const uint8_t* entry = file->bytes + HEAD + k * ENTRY;
    cr_section* section = &file->section[k];
    const uint64_t flags = get(entry + CR_SECTION_NAME, 8);
    const uint64_t offset = get(entry + AT_OFFSET, 8), length = get(entry + 32, 8);
    holds = name_is_valid(entry) && flags <= 1 && offset == next && length % 8 == 0 &&
            length <= end - next;
    if (!holds) break;
    memcpy(section->name, entry, CR_SECTION_NAME);
    section->required = flags == 1;
    section->offset = (size_t)offset;
    section->length = (size_t)length;
    next += length;
    holds = !is_repeated(file, k);
  }
  if (!holds || next != end) {
    return cr_fail(err, CR_EMODEL, "sections",
                   "the model file's table of sections is damaged");
  }
  file->n_sections = (size_t)n;
  return CR_OK;
}

static cr_status check_all(cr_model_file* file, cr_error* err) {
  cr_status status = CR_OK;
  CR_TRY(check_head(file->bytes, file->n, err));
  CR_TRY(check_sum(file->bytes, file->n, err));
  CR_TRY(check_table(file, err));

done:
  if (status != CR_OK) cr_model_file_free(file);
  return status;
}

cr_status cr_model_file_copy(const void* bytes, size_t n, cr_model_file* file,
                             cr_error* err) {
  file->bytes = cr_alloc_aligned(n, 1);
  if (file->bytes == NULL) {
    return cr_fail(err, CR_ENOMEM, "memory", "no memory for a model of %zu bytes", n);
  }
  if (n > 0) memcpy(file->bytes, bytes, n);
  file->n = n;
  return check_all(file, err);
}

cr_status cr_model_file_read(const char* path, uint64_t max_bytes, cr_model_file* file,
                             cr_error* err) {
  cr_status status = CR_OK;
  cr_file source = {0};
  size_t got = 0;
  CR_TRY(cr_file_open(&source, path, err));
  if (source.size > max_bytes || source.size > SIZE_MAX) {
    status = cr_fail(err, CR_ELIMIT, "too_large",
                     "the model file has %llu bytes; at most %llu are read",
                     (unsigned long long)source.size, (unsigned long long)max_bytes);
    goto done;
  }
  file->n = (size_t)source.size;
  file->bytes = cr_alloc_aligned(file->n, 1);
  if (file->bytes == NULL) {
    status =
        cr_fail(err, CR_ENOMEM, "memory", "no memory for a model of %zu bytes", file->n);
    goto done;
  }
  CR_TRY(cr_file_read_at(&source, 0, file->bytes, file->n, &got, err));
  CR_TRY(check_all(file, err));

done:
  if (status != CR_OK) cr_model_file_free(file);
  cr_file_close(&source);
  return status;
}

void cr_model_file_free(cr_model_file* file) {
  for (size_t k = 0; k < file->n_sections; k++) cr_free(file->section[k].values);
  cr_free_aligned(file->bytes);
  *file = (cr_model_file){0};
}

cr_status cr_model_file_section(cr_model_file* file, const char* name,
                                const cr_value** values, cr_error* err) {
  cr_status status = CR_OK;
  for (size_t k = 0; k < file->n_sections; k++) {
    cr_section* section = &file->section[k];
    if (strcmp(section->name, name) != 0) continue;
    if (section->values == NULL) {
      CR_TRY(cr_value_read(file->bytes + section->offset, section->length,
                           &section->values, err));
    }
    *values = section->values;
    return CR_OK;
  }
  return cr_fail(err, CR_EMODEL, "section", "the model file has no section `%s`", name);

done:
  return status;
}

// ---- writing -------------------------------------------------------------------

void cr_model_file_begin(cr_writer* writer, const char* const* name, const bool* required,
                         size_t n) {
  cr_write_bytes(writer, MAGIC, sizeof MAGIC);
  cr_write_32(writer, CR_MODEL_MAJOR | (uint32_t)CR_MODEL_MINOR << 16);
  cr_write_32(writer, (uint32_t)n);
  cr_write_64(writer, 0);
  for (size_t k = 0; k < n; k++) {
    char padded[CR_SECTION_NAME] = {0};
    const size_t length = strlen(name[k]);
    memcpy(padded, name[k], length < sizeof padded ? length : sizeof padded);
    cr_write_bytes(writer, padded, sizeof padded);
    cr_write_64(writer, required[k]);
    cr_write_64(writer, 0);
    cr_write_64(writer, 0);
  }
}

void cr_model_file_mark(cr_writer* writer, size_t section) {
  if (writer->status != CR_OK) return;
  put_64(writer->bytes + HEAD + section * ENTRY + AT_OFFSET, writer->n);
}

void cr_model_file_end(cr_writer* writer) {
  if (writer->status != CR_OK) return;
  const size_t n = (size_t)get(writer->bytes + 12, 4);
  size_t end = writer->n;
  for (size_t k = n; k-- > 0;) {  // a section ends where the next begins
    uint8_t* entry = writer->bytes + HEAD + k * ENTRY;
    const size_t offset = (size_t)get(entry + AT_OFFSET, 8);
    put_64(entry + AT_OFFSET + 8, end - offset);
    end = offset;
  }
  put_64(writer->bytes + AT_LENGTH, writer->n + CR_SHA256_BYTES);
  uint8_t digest[CR_SHA256_BYTES];
  cr_sha256(writer->bytes, writer->n, digest);
  cr_write_bytes(writer, digest, sizeof digest);
}
