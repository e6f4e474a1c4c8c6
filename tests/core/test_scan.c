#include "data/scan.h"

#include "base/rng.h"
#include "check.h"
#include "data/mask.h"

enum { MAX_FIELDS = 16, BUFFER = 4096 };

// The record of `text` from `from`, with its marks.
static cr_scan_result scan_text(const char* text, size_t n, bool last, size_t from,
                                cr_scan_record* record, uint32_t* mark) {
  static unsigned char bytes[BUFFER + CR_SCAN_PADDING];
  memset(bytes, '"', sizeof bytes);  // what lies behind must not matter
  memcpy(bytes, text, n);
  const cr_scan scan = {.bytes = bytes,
                        .n = n,
                        .last = last,
                        .delimiter = ',',
                        .max_fields = MAX_FIELDS,
                        .mark = mark,
                        .stride = 1};
  return cr_scan_next(&scan, from, record);
}

// Fields of all records, `|` between fields and `/` after a record; `!` where it fails.
static const char* show(const char* text, bool last) {
  static char out[BUFFER];
  size_t length = 0, at = 0;
  const size_t n = strlen(text);
  while (at < n) {
    uint32_t mark[MAX_FIELDS + 1];
    cr_scan_record record;
    const cr_scan_result result = scan_text(text, n, last, at, &record, mark);
    if (result != CR_SCAN_RECORD) {
      out[length++] = result == CR_SCAN_MORE ? '?' : '!';
      break;
    }
    for (size_t j = 0; j < record.n_fields; j++) {
      const unsigned char* p = (const unsigned char*)text + mark[j];
      size_t size = mark[j + 1] - 1 - mark[j];
      cr_scan_unquote(&p, &size);
      if (j > 0) out[length++] = '|';
      memcpy(out + length, p, size);
      length += size;
    }
    out[length++] = '/';
    at = record.next;
  }
  out[length] = 0;
  return out;
}

typedef struct {
  const char* text;
  const char* shown;
} scan_case;

static void test_grammar(void) {
  const scan_case cases[] = {
      {"a,b\nc,d\n", "a|b/c|d/"},
      {"a,b\r\nc,d\r\n", "a|b/c|d/"},
      {"a,b\rc,d\r", "a|b/c|d/"},
      {"a\nb\r\nc\rd", "a/b/c/d/"},
      {"a,b", "a|b/"},
      {",", "|/"},
      {"\n\n", "//"},
      {"\"a\",\"b,c\"\n", "a|b,c/"},
      {"\"a\nb\",c\nd,e\n", "a\nb|c/d|e/"},
      {"\"a\"\"b\",c\n", "a\"\"b|c/"},
      {"\"\"\"\",\"\"\n", "\"\"|/"},
      {"\"a\",\"\"\n", "a|/"},
      {"\"a\"", "a/"},
      {"\"a\"b,c\n", "!"},
      {"a\"b,c\n", "!"},
      {" \"a\",b\n", "!"},
      {"x\n\"a\" ,b\n", "x/!"},
      {"\"a", "?"},
      {"\"a\nb", "?"},
      {"\"a\"\"", "?"},
  };
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
    const bool same = strcmp(show(cases[i].text, true), cases[i].shown) == 0;
    CHECK(same);
    if (!same) printf("    %s -> %s\n", cases[i].text, show(cases[i].text, true));
  }
  // when more bytes may follow, the end decides nothing
  CHECK(strcmp(show("a,b\nc", false), "a|b/?") == 0);
  CHECK(strcmp(show("a,b\r", false), "?") == 0);
  CHECK(strcmp(show("a,b\r\n", false), "a|b/") == 0);
  CHECK(strcmp(show("\"a\"", false), "?") == 0);
  CHECK(strcmp(show("\"a\"b", false), "!") == 0);
}

static void test_counts(void) {
  cr_scan_record record;
  uint32_t mark[MAX_FIELDS + 1];
  const char lines[] = "\"a\nb\r\nc\rd\",x\r\nnext";
  CHECK(scan_text(lines, sizeof lines - 1, true, 0, &record, mark) == CR_SCAN_RECORD);
  CHECK(record.lines == 4 && record.n_fields == 2 && record.next == 14);
  CHECK(record.end == 12 && record.field == 11);

  char wide[200];
  memset(wide, ',', sizeof wide);  // more fields than marks
  CHECK(scan_text(wide, sizeof wide, true, 0, &record, mark) == CR_SCAN_RECORD);
  CHECK(record.n_fields == sizeof wide + 1 && mark[MAX_FIELDS] == MAX_FIELDS);

  size_t end, next;
  const cr_scan scan = {
      .bytes = (const unsigned char*)"\"ab\r\nc\rd", .n = 8, .last = true};
  CHECK(cr_scan_line(&scan, 0, &end, &next) && end == 3 && next == 5);
  CHECK(cr_scan_line(&scan, 5, &end, &next) && end == 6 && next == 7);
  CHECK(cr_scan_line(&scan, 7, &end, &next) && end == 8 && next == 8);
  cr_scan more = scan;
  more.last = false;
  CHECK(!cr_scan_line(&more, 7, &end, &next));
  more.n = 4;
  CHECK(!cr_scan_line(&more, 0, &end, &next));
}

static void test_unclosed(void) {
  static char many[BUFFER];
  cr_scan_record record;
  uint32_t mark[MAX_FIELDS + 1];
  memset(many, '\n', sizeof many);
  many[0] = '"';
  CHECK(scan_text(many, sizeof many, false, 0, &record, mark) == CR_SCAN_UNCLOSED);
  CHECK(record.seen == CR_SCAN_MAX_LINES + 2);
  CHECK(scan_text(many, 900, false, 0, &record, mark) == CR_SCAN_MORE);
  unsigned char out[8];
  CHECK(cr_scan_undouble((const unsigned char*)"a\"\"b\"", 5, out) == 4);
  CHECK(memcmp(out, "a\"b\"", 4) == 0);
}

// The same grammar byte by byte, to compare with.
typedef struct {
  size_t fields, next;
  bool ok;
} slow_record;

static slow_record scan_slowly(const char* text, size_t n, size_t from) {
  slow_record r = {.fields = 1};
  bool start = true;
  for (size_t i = from; i < n; i++) {
    if (start && text[i] == '"') {
      for (i++; i < n; i++) {
        if (text[i] != '"') continue;
        if (i + 1 < n && text[i + 1] == '"') {
          i++;
        } else {
          break;
        }
      }
      if (i >= n) return r;
      const char after = i + 1 < n ? text[i + 1] : '\n';
      if (after != ',' && after != '\n' && after != '\r') return r;
      start = false;
      continue;
    }
    if (text[i] == '"') return r;
    start = text[i] == ',';
    r.fields += start;
    if (text[i] != '\n' && text[i] != '\r') continue;
    r.next = i + 1 + (text[i] == '\r' && i + 1 < n && text[i + 1] == '\n');
    r.ok = true;
    return r;
  }
  r.next = n;
  r.ok = true;
  return r;
}

static void test_against_slow_version(void) {
  static const char alphabet[] = ",,\"\"\n\rabcdefghijk";
  cr_rng rng = cr_rng_stream(1, CR_FOR_SIMULATION, 0);
  bool same = true;
  for (int round = 0; round < 20000; round++) {
    char text[200];
    const size_t n = 1 + cr_rng_below(&rng, sizeof text);
    const uint32_t letters = 4 + cr_rng_below(&rng, sizeof alphabet - 5);
    for (size_t i = 0; i < n; i++) text[i] = alphabet[cr_rng_below(&rng, letters)];
    cr_scan_record record;
    uint32_t mark[MAX_FIELDS + 1];
    const cr_scan_result result = scan_text(text, n, true, 0, &record, mark);
    const slow_record slow = scan_slowly(text, n, 0);
    same = same && (result == CR_SCAN_RECORD) == slow.ok;
    if (slow.ok)
      same = same && record.n_fields == slow.fields && record.next == slow.next;
  }
  CHECK(same);
}

static void test_masks(void) {
  cr_rng rng = cr_rng_stream(1, CR_FOR_SIMULATION, 1);
  static const unsigned char some[] = {',',  '"',  '\n', '\r', 'a',
                                       0x80, 0xac, 0,    0x2d, 0xff};
  bool same = true;
  for (int round = 0; round < 5000; round++) {
    unsigned char p[CR_MASK_BYTES];
    for (int i = 0; i < CR_MASK_BYTES; i++) p[i] = some[cr_rng_below(&rng, sizeof some)];
    const cr_masks fast = cr_masks_of(p, ','), plain = cr_masks_portable(p, ',');
    cr_masks slow = {0, 0, 0};
    for (int i = 0; i < CR_MASK_BYTES; i++) {
      const uint64_t bit = (uint64_t)1 << i;
      slow.delimiter |= p[i] == ',' ? bit : 0;
      slow.quote |= p[i] == '"' ? bit : 0;
      slow.line_end |= p[i] == '\n' || p[i] == '\r' ? bit : 0;
    }
    same = same && memcmp(&fast, &slow, sizeof slow) == 0 &&
           memcmp(&plain, &slow, sizeof slow) == 0;
  }
  CHECK(same);
}

void test_scan(void) {
  test_grammar();
  test_counts();
  test_unclosed();
  test_against_slow_version();
  test_masks();
}
