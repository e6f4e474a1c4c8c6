#include "data/json.h"

#include <string.h>

#include "data/utf8.h"

enum { VALUE, VALUE_OR_CLOSE, NAME, NAME_OR_CLOSE, AFTER_VALUE };

cr_status cr_json_begin(const unsigned char* bytes, size_t n, cr_json* json,
                        cr_error* err) {
  *json = (cr_json){.bytes = bytes, .n = n, .next = VALUE};
  if (cr_utf8_valid(bytes, n)) return CR_OK;
  return cr_fail(err, CR_EPARSE, "encoding", "the text is not UTF-8");
}

static cr_status wrong(const cr_json* json, size_t at, cr_error* err) {
  (void)json;
  return cr_fail_at(err, CR_EPARSE, "syntax", 0, (int64_t)at,
                    "not JSON at byte %zu (from 0)", at);
}

static bool is_digit(unsigned char c) { return c >= '0' && c <= '9'; }

static void skip_blanks(cr_json* json) {
  while (json->at < json->n) {
    const unsigned char c = json->bytes[json->at];
    if (c != ' ' && c != '\n' && c != '\t' && c != '\r') return;
    json->at++;
  }
}

// ---- texts ---------------------------------------------------------------------

// Four hexadecimal digits; -1 when they are not there.
static int32_t hex4(const unsigned char* p, size_t n) {
  int32_t value = 0;
  if (n < 4) return -1;
  for (int k = 0; k < 4; k++) {
    const unsigned char c = p[k], lower = c | 0x20;
    int digit;
    if (is_digit(c)) {
      digit = c - '0';
    } else if (lower >= 'a' && lower <= 'f') {
      digit = lower - 'a' + 10;
    } else {
      return -1;
    }
    value = value * 16 + digit;
  }
  return value;
}

// The character that `p`, after "\u", begins, and how many bytes it takes from there; 0
// when it is none: a surrogate without its other half, or zero.
static size_t unicode(const unsigned char* p, size_t n, uint32_t* character) {
  const int32_t first = hex4(p, n);
  if (first <= 0 || (first >= 0xDC00 && first <= 0xDFFF)) return 0;
  *character = (uint32_t)first;
  if (first < 0xD800 || first > 0xDFFF) return 4;
  if (n < 10 || p[4] != '\\' || p[5] != 'u') return 0;
  const int32_t second = hex4(p + 6, n - 6);
  if (second < 0xDC00 || second > 0xDFFF) return 0;
  *character =
      0x10000U + ((uint32_t)first - 0xD800U) * 1024U + (uint32_t)second - 0xDC00U;
  return 10;
}

// What a backslash and this letter stand for; 0 when they stand for nothing.
static unsigned char escaped_as(unsigned char letter) {
  switch (letter) {
    case 'b': return '\b';
    case 'f': return '\f';
    case 'n': return '\n';
    case 'r': return '\r';
    case 't': return '\t';
    case '"':
    case '\\':
    case '/': return letter;
    default: return 0;
  }
}

// What follows a backslash: its bytes, 0 when that is not allowed.
static size_t escape_length(const unsigned char* p, size_t n) {
  uint32_t character;
  if (n == 0) return 0;
  if (p[0] != 'u') return escaped_as(p[0]) != 0 ? 1 : 0;
  const size_t length = unicode(p + 1, n - 1, &character);
  return length == 0 ? 0 : length + 1;
}

static cr_status read_text(cr_json* json, cr_json_token* token, cr_error* err) {
  const unsigned char* p = json->bytes;
  const size_t n = json->n;
  size_t at = json->at + 1;
  token->from = at;
  token->escaped = false;
  while (at < n && p[at] != '"') {
    if (p[at] < 0x20) return wrong(json, at, err);
    if (p[at] != '\\') {
      at++;
      continue;
    }
    const size_t length = escape_length(p + at + 1, n - at - 1);
    if (length == 0) return wrong(json, at, err);
    token->escaped = true;
    at += 1 + length;
  }
  if (at >= n) return wrong(json, n, err);
  token->n = at - token->from;
  json->at = at + 1;
  return CR_OK;
}

static size_t put_utf8(uint32_t c, unsigned char* out) {
  if (c < 0x80) {
    out[0] = (unsigned char)c;
    return 1;
  }
  const int more = c < 0x800 ? 1 : c < 0x10000 ? 2 : 3;
  static const unsigned char lead[] = {0, 0xC0, 0xE0, 0xF0};
  out[0] = (unsigned char)(lead[more] | c >> (6 * more));
  for (int k = 1; k <= more; k++) {
    out[k] = (unsigned char)(0x80 | (c >> (6 * (more - k)) & 0x3F));
  }
  return (size_t)more + 1;
}

size_t cr_json_unescape(const unsigned char* text, size_t n, unsigned char* out) {
  size_t length = 0;
  for (size_t i = 0; i < n;) {
    if (text[i] != '\\') {
      out[length++] = text[i++];
      continue;
    }
    if (text[i + 1] != 'u') {
      out[length++] = escaped_as(text[i + 1]);
      i += 2;
      continue;
    }
    uint32_t character = 0;
    const size_t used = unicode(text + i + 2, n - i - 2, &character);
    length += put_utf8(character, out + length);
    i += 2 + used;
  }
  return length;
}

size_t cr_json_escape(const unsigned char* text, size_t n, unsigned char* out) {
  static const char hex[] = "0123456789abcdef";
  size_t length = 0;
  for (size_t i = 0; i < n; i++) {
    const unsigned char c = text[i];
    if (c == '"' || c == '\\') {
      if (out != NULL) {
        out[length] = '\\';
        out[length + 1] = c;
      }
      length += 2;
    } else if (c < 0x20 || c == 0x7F) {
      if (out != NULL) {
        memcpy(out + length, "\\u00", 4);
        out[length + 4] = (unsigned char)hex[c >> 4];
        out[length + 5] = (unsigned char)hex[c & 15];
      }
      length += 6;
    } else {
      if (out != NULL) out[length] = c;
      length++;
    }
  }
  return length;
}

// ---- values --------------------------------------------------------------------

static size_t digits(const cr_json* json, size_t at) {
  size_t end = at;
  while (end < json->n && is_digit(json->bytes[end])) end++;
  return end - at;
}

static cr_status read_number(cr_json* json, cr_json_token* token, cr_error* err) {
  const unsigned char* p = json->bytes;
  size_t at = json->at;
  token->from = at;
  if (p[at] == '-') at++;
  size_t whole = digits(json, at);
  if (whole == 0 || (whole > 1 && p[at] == '0')) return wrong(json, at, err);
  at += whole;
  if (at < json->n && p[at] == '.') {
    const size_t decimals = digits(json, at + 1);
    if (decimals == 0) return wrong(json, at, err);
    at += 1 + decimals;
  }
  if (at < json->n && (p[at] | 0x20) == 'e') {
    at++;
    if (at < json->n && (p[at] == '+' || p[at] == '-')) at++;
    const size_t power = digits(json, at);
    if (power == 0) return wrong(json, at, err);
    at += power;
  }
  token->n = at - token->from;
  json->at = at;
  return CR_OK;
}

static cr_status read_word(cr_json* json, cr_json_token* token, cr_error* err) {
  static const struct {
    const char* word;
    size_t n;
    cr_json_kind kind;
  } words[] = {
      {"true", 4, CR_JSON_TRUE}, {"false", 5, CR_JSON_FALSE}, {"null", 4, CR_JSON_NULL}};
  for (size_t w = 0; w < sizeof words / sizeof *words; w++) {
    const size_t n = words[w].n;
    if (json->n - json->at < n || memcmp(json->bytes + json->at, words[w].word, n) != 0) {
      continue;
    }
    *token = (cr_json_token){.kind = words[w].kind, .from = json->at, .n = n};
    json->at += n;
    return CR_OK;
  }
  return wrong(json, json->at, err);
}

static cr_status open_level(cr_json* json, bool object, cr_json_token* token,
                            cr_error* err) {
  if (json->depth == CR_JSON_DEPTH) {
    return cr_fail_at(err, CR_ELIMIT, "depth", 0, (int64_t)json->at,
                      "lists and objects stand more than %d deep", CR_JSON_DEPTH);
  }
  json->in_object[json->depth++] = object;
  token->kind = object ? CR_JSON_OPEN_OBJECT : CR_JSON_OPEN_LIST;
  json->next = object ? NAME_OR_CLOSE : VALUE_OR_CLOSE;
  json->at++;
  return CR_OK;
}

static cr_status close_level(cr_json* json, cr_json_token* token) {
  token->kind =
      json->in_object[--json->depth] ? CR_JSON_CLOSE_OBJECT : CR_JSON_CLOSE_LIST;
  json->next = AFTER_VALUE;
  json->at++;
  return CR_OK;
}

static cr_status read_value(cr_json* json, cr_json_token* token, cr_error* err) {
  const unsigned char c = json->bytes[json->at];
  if (c == '{' || c == '[') return open_level(json, c == '{', token, err);
  json->next = AFTER_VALUE;
  if (c == '"') {
    token->kind = CR_JSON_TEXT;
    return read_text(json, token, err);
  }
  if (c == '-' || is_digit(c)) {
    token->kind = CR_JSON_NUMBER;
    return read_number(json, token, err);
  }
  return read_word(json, token, err);
}

static cr_status read_name(cr_json* json, cr_json_token* token, cr_error* err) {
  cr_status status = CR_OK;
  if (json->bytes[json->at] != '"') return wrong(json, json->at, err);
  token->kind = CR_JSON_NAME;
  CR_TRY(read_text(json, token, err));
  skip_blanks(json);
  if (json->at == json->n || json->bytes[json->at] != ':') {
    return wrong(json, json->at, err);
  }
  json->at++;
  json->next = VALUE;

done:
  return status;
}

// Past the comma after a value. True when a list or object closes in its place.
static bool passes_comma(cr_json* json) {
  if (json->depth == 0 || json->bytes[json->at] != ',') return false;
  json->at++;
  json->next = json->in_object[json->depth - 1] ? NAME : VALUE;
  skip_blanks(json);
  return true;
}

cr_status cr_json_next(cr_json* json, cr_json_token* token, cr_error* err) {
  *token = (cr_json_token){.kind = CR_JSON_END};
  skip_blanks(json);
  if (json->next == AFTER_VALUE) {
    if (json->at == json->n && json->depth == 0) return CR_OK;
    if (json->at == json->n) return wrong(json, json->at, err);
    if (!passes_comma(json)) {
      const bool closes =
          json->depth > 0 &&
          json->bytes[json->at] == (json->in_object[json->depth - 1] ? '}' : ']');
      return closes ? close_level(json, token) : wrong(json, json->at, err);
    }
  }
  if (json->at == json->n) return wrong(json, json->at, err);
  const unsigned char c = json->bytes[json->at];
  if (json->next == VALUE_OR_CLOSE && c == ']') return close_level(json, token);
  if (json->next == NAME_OR_CLOSE && c == '}') return close_level(json, token);
  if (json->next == NAME || json->next == NAME_OR_CLOSE) {
    return read_name(json, token, err);
  }
  return read_value(json, token, err);
}
