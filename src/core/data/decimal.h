#ifndef LCRISK_DATA_DECIMAL_H
#define LCRISK_DATA_DECIMAL_H

#include <stdbool.h>
#include <stddef.h>

/// The double nearest to a decimal number, ties to even: the same bits everywhere,
/// whatever the locale. The whole of `text` must be
///
///   [+-] digits [. digits] [e [+-] digits]     or     [+-] . digits [e ...]
///
/// with at most 768 digits, and the result must be finite. So `5.`, `1e`, `0x1A`, `inf`,
/// `1e400`, ` 5` and an empty text are not numbers: false, `*value` untouched.
///
/// At most 19 digits and a small exponent take a few nanoseconds (Clinger 1990, and one
/// 128-bit division); anything else is decided by comparing big integers.
bool cr_decimal(const unsigned char* text, size_t n, double* value);

#endif
