#include "data/json.h"

#include "base/rng.h"
#include "check.h"

// The kinds of all tokens, a letter each: [ ] { } n(ame) t(ext) # T F 0; then the end:
// . for a whole value, or ! syntax, ^ depth, ? encoding
static const char* kinds(const char* text, size_t n) {
  static const char letter[] = ".[]{}nt#TF0";
  static char out[256];
  cr_json json;
  cr_json_token token;
  cr_error err;
  size_t length = 0;
  cr_status status = cr_json_begin((const unsigned char*)text, n, &json, &err);
  while (status == CR_OK && length < sizeof out - 2) {
    status = cr_json_next(&json, &token, &err);
    if (status != CR_OK) break;
    out[length++] = letter[token.kind];
    if (token.from + token.n > n) return "token outside";
    if (token.kind == CR_JSON_END) break;
  }
  if (status != CR_OK) {
    const bool depth = status == CR_ELIMIT && strcmp(err.code, "depth") == 0;
    const bool encoding = strcmp(err.code, "encoding") == 0;
    out[length++] = depth ? '^' : encoding ? '?' : '!';
  }
  out[length] = 0;
  return out;
}

static void test_grammar(void) {
  static const struct {
    const char *text, *kinds;
  } cases[] = {
      {"1", "#."},
      {" [ ] \r\n\t", "[]."},
      {"{}", "{}."},
      {"{\"a\":1,\"b\":[null,true,false,\"x\"]}", "{n#n[0TFt]}."},
      {"[[],{}]", "[[]{}]."},
      {"[1,2]x", "[##]!"},
      {"[1 2]", "[#!"},
      {"[1,]", "[#!"},
      {"[,1]", "[!"},
      {"{,}", "{!"},
      {"{\"a\"}", "{!"},
      {"{\"a\":}", "{n!"},
      {"{\"a\":1,}", "{n#!"},
      {"{a:1}", "{!"},
      {"{1:1}", "{!"},
      {"[1}", "[#!"},
      {"{\"a\":1]", "{n#!"},
      {"[", "[!"},
      {"[1", "[#!"},
      {"{\"a\"", "{!"},
      {"", "!"},
      {" ", "!"},
      {"]", "!"},
      {"nul", "!"},
      {"nullx", "0!"},
      {"True", "!"},
      {"NaN", "!"},
      {"[-Infinity]", "[!"},
      {"'a'", "!"},
      {"1 1", "#!"},
      {"-0", "#."},
      {"-", "!"},
      {"+1", "!"},
      {"01", "!"},
      {"00", "!"},
      {"0.5", "#."},
      {".5", "!"},
      {"5.", "!"},
      {"1e5", "#."},
      {"1E+05", "#."},
      {"1e", "!"},
      {"1e+", "!"},
      {"0x1", "#!"},
      {"\"\"", "t."},
      {"\"a", "!"},
      {"\"\n\"", "!"},
      {"\"\\\"\\\\\\/\\b\\f\\n\\r\\t\\u0041\"", "t."},
      {"\"\\x\"", "!"},
      {"\"\\\"", "!"},
      {"\"\\u12\"", "!"},
      {"\"\\u12G4\"", "!"},
      {"\"\\u0000\"", "!"},
      {"\"\\ud83d\\ude00\"", "t."},
      {"\"\\ud83d\"", "!"},
      {"\"\\ude00\"", "!"},
      {"\"\\ud83d\\u0041\"", "!"},
      {"\"\\ud83dxxxxxxx\"", "!"},
      {"\"caf\xc3\xa9\"", "t."},
      {"\"caf\xe9\"", "?"},
      {"\xef\xbb\xbf[]", "!"},
      {"/* */1", "!"},
  };
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
    const char* got = kinds(cases[i].text, strlen(cases[i].text));
    if (strcmp(got, cases[i].kinds) != 0) printf("%s: %s\n", cases[i].text, got);
    CHECK(strcmp(got, cases[i].kinds) == 0);
  }
  CHECK(strcmp(kinds("1\0", 2), "#!") == 0);
  CHECK(strcmp(kinds("\"\0\"", 3), "!") == 0);
}

static void test_depth(void) {
  char text[2 * CR_JSON_DEPTH + 2];
  memset(text, '[', CR_JSON_DEPTH);
  memset(text + CR_JSON_DEPTH, ']', CR_JSON_DEPTH);
  const char* got = kinds(text, 2 * CR_JSON_DEPTH);
  CHECK(got[2 * CR_JSON_DEPTH] == '.');
  memset(text, '[', sizeof text);
  got = kinds(text, CR_JSON_DEPTH + 1);
  CHECK(got[CR_JSON_DEPTH] == '^');
}

static bool reads_as(const char* text, const char* wanted) {
  unsigned char out[64];
  const size_t n = cr_json_unescape((const unsigned char*)text, strlen(text), out);
  return n == strlen(wanted) && memcmp(out, wanted, n) == 0;
}

static void test_texts(void) {
  CHECK(reads_as("plain", "plain"));
  CHECK(reads_as("\\\"\\\\\\/\\b\\f\\n\\r\\t", "\"\\/\b\f\n\r\t"));
  CHECK(reads_as("\\u0041\\u00e9\\u20AC", "A\xc3\xa9\xe2\x82\xac"));
  CHECK(reads_as("\\ud83d\\ude00!", "\xf0\x9f\x98\x80!"));
  CHECK(reads_as("\\uffff\\u0001", "\xef\xbf\xbf\x01"));

  // what was escaped reads back as it was
  cr_rng rng = cr_rng_stream(1, CR_FOR_SIMULATION, 0);
  bool same = true;
  for (int i = 0; i < 5000; i++) {
    unsigned char in[20], escaped[120], out[120];
    const size_t n = cr_rng_below(&rng, sizeof in + 1);
    for (size_t k = 0; k < n; k++) in[k] = (unsigned char)(1 + cr_rng_below(&rng, 127));
    const size_t length = cr_json_escape(in, n, escaped);
    same = same && length <= 6 * n && length == cr_json_escape(in, n, NULL);
    same = same && cr_json_unescape(escaped, length, out) == n && memcmp(in, out, n) == 0;
  }
  CHECK(same);
}

// Any bytes end in a token or a refusal, and what was let through nests rightly.
static void test_noise(void) {
  static const char alphabet[] = "[]{}\",:\\u0012dDtrue false null-+.eE\n\xc3\xa9";
  cr_rng rng = cr_rng_stream(2, CR_FOR_SIMULATION, 0);
  bool fine = true;
  for (int i = 0; i < 100000; i++) {
    char text[24];
    const size_t n = cr_rng_below(&rng, sizeof text + 1);
    for (size_t k = 0; k < n; k++) {
      text[k] = alphabet[cr_rng_below(&rng, sizeof alphabet - 1)];
    }
    int open = 0;
    for (const char* k = kinds(text, n); *k != 0; k++) {
      open += (*k == '[' || *k == '{') - (*k == ']' || *k == '}');
      fine = fine && open >= 0 && (*k != '.' || open == 0);
    }
  }
  CHECK(fine);
}

void test_json(void) {
  test_grammar();
  test_depth();
  test_texts();
  test_noise();
}
