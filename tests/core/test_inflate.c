#include "data/inflate.h"

#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "archive.h"
#include "check.h"

static const char text[] = "id,loan_amnt\n1,5000\n2,2500\n";

// Reads everything in pieces of `piece` bytes; the code of the failure goes to `code`.
static cr_status read_all(const bytes* b, const cr_source_options* options, size_t piece,
                          bytes* out, char* code) {
  cr_error err = {.code = ""};
  cr_source* source = NULL;
  out->n = 0;
  cr_status status = cr_source_open_memory(b->byte, b->n, options, &source, &err);
  size_t got = 1;
  while (status == CR_OK && got > 0 && out->n + piece <= sizeof out->byte) {
    status = cr_source_read(source, out->byte + out->n, piece, &got, &err);
    if (status == CR_OK) out->n += got;
  }
  if (status == CR_OK) CHECK(cr_source_progress(source) <= 1);
  cr_source_close(source);
  (void)snprintf(code, sizeof err.code, "%s", err.code);
  return status;
}

static bool reads_as(const bytes* b, const char* wanted) {
  static bytes out;
  char code[32];
  const size_t pieces[] = {1, 7, 4096};
  for (int i = 0; i < 3; i++) {
    if (read_all(b, NULL, pieces[i], &out, code) != CR_OK) return false;
    if (out.n != strlen(wanted) || memcmp(out.byte, wanted, out.n) != 0) return false;
  }
  return true;
}

static bool fails_with(const bytes* b, const char* wanted) {
  static bytes out;
  char code[32];
  const cr_status status = read_all(b, NULL, 4096, &out, code);
  if (status != CR_OK && strcmp(code, wanted) == 0) return true;
  printf("    expected %s, got %s\n", wanted, status == CR_OK ? "success" : code);
  return false;
}

static bool refuses_text(const char* start, size_t n, const char* wanted) {
  bytes b = {.n = 0};
  put(&b, start, n);
  return fails_with(&b, wanted);
}

static void test_plain_text(void) {
  bytes b = {.n = 0};
  CHECK(fails_with(&b, "empty_file"));
  put(&b, text, sizeof text - 1);
  CHECK(reads_as(&b, text));
  CHECK(refuses_text(" \n\r\n\t", 5, "empty_file"));
  CHECK(refuses_text("\xef\xbb\xbf", 3, "empty_file"));
  CHECK(refuses_text("%PDF-1.7 ...", 12, "wrong_type"));
  CHECK(refuses_text("\n<!DOCTYPE html><html>", 22, "wrong_type"));
  CHECK(refuses_text("  <HTML><body>", 14, "wrong_type"));
  CHECK(refuses_text("{ \"id\": 1 }", 11, "wrong_type"));
  CHECK(refuses_text("[\n {\"id\": 1}]", 13, "wrong_type"));
  CHECK(refuses_text("SQLite format 3\0", 16, "wrong_type"));
  CHECK(refuses_text("RDX3\nX\n", 7, "wrong_type"));
  CHECK(refuses_text("X\n\0\0\0\3", 6, "wrong_type"));
  CHECK(refuses_text("\xd0\xcf\x11\xe0\xa1\xb1", 6, "wrong_type"));
  CHECK(refuses_text("\0\0\0\0\0\0\0\0\0\0\0\0", 12, "wrong_type"));
  CHECK(refuses_text("\xff\xfei\0d\0,\0", 8, "encoding"));
  CHECK(refuses_text("\xfe\xff\0i\0d\0,", 8, "encoding"));
  CHECK(refuses_text("i\0d\0,\0l\0o\0a\0n\0", 14, "encoding"));
  CHECK(refuses_text("\0i\0d\0,\0l\0o\0a\0n", 14, "encoding"));
}

static void test_gzip(void) {
  bytes b = {.n = 0};
  put_gzip(&b, text, sizeof text - 1);
  const size_t one = b.n;
  CHECK(reads_as(&b, text));
  for (size_t n = 2; n < one; n++) {  // cut anywhere
    bytes cut = b;
    cut.n = n;
    CHECK(fails_with(&cut, "gzip_truncated"));
  }
  // any flipped bit is noticed, but for those of the header that carry no data
  size_t unnoticed = 0;
  for (size_t i = 10; i < one; i++) {
    bytes wrong = b;
    wrong.byte[i] ^= 4;
    static bytes out;
    char code[32];
    unnoticed += read_all(&wrong, NULL, 4096, &out, code) == CR_OK;
  }
  CHECK(unnoticed == 0);
  bytes wrong = b;
  wrong.byte[one - 6] ^= 1;  // checksum
  CHECK(fails_with(&wrong, "gzip_corrupt"));
  wrong = b;
  wrong.byte[one - 2] ^= 1;  // length
  CHECK(fails_with(&wrong, "gzip_corrupt"));

  put_gzip(&b, "3,1000\n", 7);  // a second member, also cut anywhere
  CHECK(reads_as(&b, "id,loan_amnt\n1,5000\n2,2500\n3,1000\n"));
  for (size_t n = one + 1; n < b.n; n++) {
    bytes cut = b;
    cut.n = n;
    CHECK(fails_with(&cut, "gzip_truncated"));
  }
  put(&b, "rubbish", 7);
  CHECK(fails_with(&b, "gzip_trailing"));
  b.n = one;
  put(&b, "\0\0\0\0", 4);
  CHECK(fails_with(&b, "gzip_trailing"));

  bytes empty = {.n = 0}, rds = {.n = 0}, nested = {.n = 0};
  put_gzip(&empty, "", 0);
  CHECK(fails_with(&empty, "empty_file"));
  put_gzip(&rds, "X\n\0\0\0\3", 6);
  CHECK(fails_with(&rds, "wrong_type"));
  put_gzip(&nested, b.byte, one);
  CHECK(fails_with(&nested, "wrong_type"));
}

static bytes zip_of(const zip_item* items, size_t n, uint64_t lie) {
  bytes b = {.n = 0};
  put_zip(&b, items, n, lie);
  return b;
}

static void test_zip(void) {
  const zip_item table = {.name = "LoanStats.csv", .text = text, .method = 8};
  bytes b = zip_of(&table, 1, 0);
  CHECK(reads_as(&b, text));
  for (size_t n = 4; n < b.n; n++) {
    bytes cut = b;
    cut.n = n;
    CHECK(fails_with(&cut, "zip_corrupt"));
  }
  put(&b, "x", 1);
  CHECK(fails_with(&b, "zip_corrupt"));

  const zip_item stored = {.name = "a.txt", .text = text};
  b = zip_of(&stored, 1, 0);
  CHECK(reads_as(&b, text));
  b.byte[40] ^= 1;  // inside the text
  CHECK(fails_with(&b, "zip_corrupt"));
  const zip_item large = {.name = "a.csv", .text = text, .method = 8, .zip64 = true};
  b = zip_of(&large, 1, 0);
  CHECK(reads_as(&b, text));
  b = zip_of(&large, 1, 1000);
  CHECK(fails_with(&b, "zip_corrupt"));
  const zip_item wrong = {.name = "a.csv", .text = text, .method = 8, .wrong_crc = 1};
  b = zip_of(&wrong, 1, 0);
  CHECK(fails_with(&b, "zip_corrupt"));
  const zip_item away = {.name = "a.csv", .text = text, .shift = 1 << 20};
  b = zip_of(&away, 1, 0);
  CHECK(fails_with(&b, "zip_corrupt"));
  b = zip_of(&table, 1, 3);
  CHECK(fails_with(&b, "zip_corrupt"));
  b = zip_of(NULL, 0, 0);
  CHECK(fails_with(&b, "zip_choice"));
}

static void test_zip_choice(void) {
  const zip_item items[] = {
      {.name = "__MACOSX/._LoanStats.csv", .text = "x"},
      {.name = "folder/", .text = ""},
      {.name = "readme.md", .text = "x"},
      {.name = "LoanStats.csv", .text = text, .method = 8},
      {.name = "Other.CSV", .text = "id,loan_amnt\n", .method = 8},
  };
  bytes b = zip_of(items, 4, 0);
  CHECK(reads_as(&b, text));
  b = zip_of(items, 5, 0);
  CHECK(fails_with(&b, "zip_choice"));
  static bytes out;
  char code[32];
  const cr_source_options other = {.member = "Other.CSV"}, none = {.member = "x.csv"};
  CHECK(read_all(&b, &other, 64, &out, code) == CR_OK && out.n == 13);
  CHECK(read_all(&b, &none, 64, &out, code) == CR_EPARSE);
  CHECK(strcmp(code, "zip_choice") == 0);

  bytes plain = {0};
  put(&plain, text, strlen(text));
  CHECK(read_all(&plain, &other, 64, &out, code) == CR_EINPUT);
  CHECK(strcmp(code, "member") == 0);
}

static bool refuses_item(zip_item item, const char* code) {
  if (item.text == NULL) item.text = text;
  const zip_item items[] = {{.name = "a.csv", .text = text}, item};
  const bytes b = zip_of(items, 2, 0);
  return fails_with(&b, code);
}

static void test_hostile_zip(void) {
  CHECK(refuses_item((zip_item){.name = "../x.csv"}, "zip_unsafe_path"));
  CHECK(refuses_item((zip_item){.name = "a/../../x"}, "zip_unsafe_path"));
  CHECK(refuses_item((zip_item){.name = "a\\..\\x"}, "zip_unsafe_path"));
  CHECK(refuses_item((zip_item){.name = "/etc/passwd"}, "zip_unsafe_path"));
  CHECK(refuses_item((zip_item){.name = "C:\\x"}, "zip_unsafe_path"));
  CHECK(refuses_item((zip_item){.name = "link", .host = 3, .mode = 0120777},
                     "zip_unsafe_path"));
  CHECK(refuses_item((zip_item){.name = "xl/workbook.xml"}, "wrong_type"));
  CHECK(refuses_item((zip_item){.name = "word/document.xml"}, "wrong_type"));
  const zip_item secret = {.name = "a.csv", .text = text, .flags = 1};
  bytes b = zip_of(&secret, 1, 0);
  CHECK(fails_with(&b, "zip_encrypted"));
  const zip_item odd = {.name = "a.csv", .text = text, .method = 14};
  b = zip_of(&odd, 1, 0);
  CHECK(fails_with(&b, "zip_method"));
  const zip_item inner = {.name = "a.zip", .text = "PK\x03\x04...."};
  b = zip_of(&inner, 1, 0);
  CHECK(fails_with(&b, "wrong_type"));

  // two entries over the same bytes: the second is moved back onto the first
  zip_item twins[] = {{.name = "a.csv", .text = text}, {.name = "b.csv", .text = text}};
  const size_t one = 30 + 5 + strlen(text);
  twins[1].shift = (uint64_t)0 - one;
  b = zip_of(twins, 2, 0);
  CHECK(fails_with(&b, "zip_corrupt"));
}

static cr_status count_all(const bytes* b, size_t* total, cr_error* err) {
  cr_source* source = NULL;
  cr_status status = cr_source_open_memory(b->byte, b->n, NULL, &source, err);
  static unsigned char piece[1 << 16];
  size_t got = 1;
  *total = 0;
  while (status == CR_OK && got > 0) {
    status = cr_source_read(source, piece, sizeof piece, &got, err);
    *total += got;
  }
  cr_source_close(source);
  return status;
}

static void test_limits(void) {
  enum { MEGABYTE = 1 << 20 };
  static char same[MEGABYTE];
  memset(same, 'x', sizeof same);
  bytes one = {.n = 0};
  put_gzip(&one, same, sizeof same);
  static bytes out;
  char code[32];
  const cr_source_options small = {.max_bytes = 10000};
  CHECK(read_all(&one, &small, 512, &out, code) == CR_ELIMIT);
  CHECK(strcmp(code, "limit") == 0);

  // a megabyte packed into one kilobyte is let through, seventy of them are a bomb
  size_t total;
  cr_error err;
  CHECK(count_all(&one, &total, &err) == CR_OK && total == MEGABYTE);
  static bytes bomb;
  for (int i = 0; i < 70; i++) put(&bomb, one.byte, one.n);
  CHECK(count_all(&bomb, &total, &err) == CR_ELIMIT);
  CHECK(strcmp(err.code, "limit") == 0 && total <= (size_t)65 * MEGABYTE);
}

static cr_status read_file(cr_source* source, size_t* total, cr_error* err) {
  unsigned char piece[4096];
  size_t got = 1;
  cr_status status = CR_OK;
  while (status == CR_OK && got > 0) {
    status = cr_source_read(source, piece, sizeof piece, &got, err);
    *total += got;
  }
  return status;
}

static void test_changing_file(const char* path, int file) {
  cr_error err;
  unsigned char piece[4096];
  size_t got, total = 0;
  static char many[100000];
  memset(many, 'x', sizeof many);
  for (size_t done = 0; done < sizeof many;) {  // a write may be a short one
    const ssize_t count = write(file, many + done, sizeof many - done);
    CHECK(count > 0);
    done += count > 0 ? (size_t)count : sizeof many;
  }
  cr_source* source = NULL;
  CHECK(cr_source_open(path, NULL, &source, &err) == CR_OK);
  CHECK(read_file(source, &total, &err) == CR_OK && total == 100000);
  cr_source_close(source);

  const off_t sizes[] = {100001, 50000};  // it grows, it shrinks
  for (int i = 0; i < 2; i++) {
    CHECK(cr_source_open(path, NULL, &source, &err) == CR_OK);
    CHECK(cr_source_read(source, piece, sizeof piece, &got, &err) == CR_OK);
    CHECK(ftruncate(file, sizes[i]) == 0);
    CHECK(read_file(source, &total, &err) == CR_EIO);
    CHECK(strcmp(err.code, "changed") == 0);
    cr_source_close(source);
  }
}

static bool refuses_path(const char* path, const char* code) {
  cr_error err = {.code = ""};
  cr_source* source = NULL;
  const cr_status status = cr_source_open(path, NULL, &source, &err);
  return status == CR_EIO && source == NULL && strcmp(err.code, code) == 0;
}

static void test_files(void) {
  char path[64];
  (void)snprintf(path, sizeof path, "/tmp/lcrisk-test-%ld", (long)getpid());
  const int file = open(path, O_RDWR | O_CREAT | O_EXCL, 0600);
  CHECK(file >= 0);
  test_changing_file(path, file);
  (void)close(file);
  (void)unlink(path);
  CHECK(refuses_path(path, "cannot_open"));
  CHECK(refuses_path("/tmp", "is_directory"));
  CHECK(refuses_path("/dev/null", "not_regular"));
  CHECK(mkfifo(path, 0600) == 0);
  CHECK(refuses_path(path, "not_regular"));  // and does not wait for a writer
  (void)unlink(path);
}

static cr_status open_and_read(const bytes* b) {
  static bytes out;
  char code[32];
  return read_all(b, NULL, 512, &out, code);
}

void test_inflate(void) {
  test_plain_text();
  test_gzip();
  test_zip();
  test_zip_choice();
  test_hostile_zip();
  test_limits();
  test_files();

  const zip_item table = {.name = "a.csv", .text = text, .method = 8};
  const bytes zip = zip_of(&table, 1, 0);
  bytes gzip = {.n = 0};
  put_gzip(&gzip, text, sizeof text - 1);
  CHECK_ALLOCATIONS(open_and_read(&zip), (void)0);
  CHECK_ALLOCATIONS(open_and_read(&gzip), (void)0);
}
