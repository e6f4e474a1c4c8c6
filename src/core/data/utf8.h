#ifndef LCRISK_DATA_UTF8_H
#define LCRISK_DATA_UTF8_H

#include <stdbool.h>
#include <stddef.h>

/// True when `text` is well-formed UTF-8 (Unicode 15, table 3-7: no overlong forms, no
/// surrogates, nothing above U+10FFFF). Plain ASCII costs an eighth of a step a byte.
bool cr_utf8_valid(const unsigned char* text, size_t n);

/// Writes a well-formed version of `text` to `out`, which has room for 3 n bytes, and
/// returns its length. Two kinds of damage are told apart:
///
/// * A run of other bytes that reads as Latin-1 letters and signs (no byte below 0xA0,
///   none from 0xC0 up followed by one from 0x80 to 0xBF) becomes those letters.
/// * In any other run each maximal ill-formed part becomes one U+FFFD.
size_t cr_utf8_repair(const unsigned char* text, size_t n, unsigned char* out);

#endif
