#ifndef LCRISK_DATA_DATE_H
#define LCRISK_DATA_DATE_H

#include <stddef.h>
#include <stdint.h>

#include "data/cell.h"

/// The month and date grammars of a cell. Missing and trimming are as in data/cell.h; no
/// locale, no time zone, no clock.

/// What a month was written with, beside the month itself.
enum {
  CR_MONTH_SHORT_YEAR = 1,  ///< one or two digits: the century is not there
  CR_MONTH_NO_MONTH = 2     ///< a year alone, taken as its January
};

/// `*month` becomes 4 * (12 * year + month - 1) + notes, where the notes are the
/// CR_MONTH_ flags and a short year counts from 2000 until cr_month_resolve().
///
/// | written                             | read as                                     |
/// | ----------------------------------- | ------------------------------------------- |
/// | `Dec-2015`                          | December 2015                               |
/// | `Dec-99`, `Mar-19`                  | short year, month first                     |
/// | `15-Dec`, `3-Aug`                   | short year first: what Excel makes of it    |
/// | `2016-04-01`, `2016-04`, `2018/5/1` | year first                                  |
/// | `10/1/2001`                         | month, day, year                            |
/// | `42339`, `42339.0`                  | Excel's day number, from 1930 to 2099       |
/// | `2001`                              | a year alone, 1900 to 2099: its January     |
///
/// Month names are English, three letters, any case. The day is checked and dropped.
cr_cell_result cr_month_parse(const unsigned char* p, size_t n, int32_t* month);

/// The century rule. A short year is the latest one with those digits that is not after
/// `limit` (12 * year + month - 1), and 20xx when `limit` is INT32_MIN. Returns
/// 12 * year + month - 1; INT32_MIN stays.
int32_t cr_month_resolve(int32_t month, int32_t limit);

/// Days since 1970-01-01 of the first of a month given as 12 * year + month - 1.
int32_t cr_month_days(int32_t month);

/// `2016-10-31`, `2016/10/31`, `10/31/2016` (month first) or Excel's day number, as days
/// since 1970-01-01.
cr_cell_result cr_date_parse(const unsigned char* p, size_t n, int32_t* days);

#endif
