#include "base/status.h"

#include "check.h"

static cr_status passes_on(cr_status first, cr_error* err, int* reached) {
  cr_status status = CR_OK;
  *reached = 0;
  CR_TRY(first == CR_OK ? CR_OK : cr_fail(err, first, "inner", "inner failure"));
  *reached = 1;
done:
  return status;
}

void test_status(void) {
  // a failure fills every field and returns the status it was given
  cr_error err;
  memset(&err, 0xA5, sizeof err);
  CHECK(cr_fail(&err, CR_EINPUT, "empty", "no rows in `%s`, %d columns", "x", 3) ==
        CR_EINPUT);
  CHECK(err.status == CR_EINPUT);
  CHECK(strcmp(err.code, "empty") == 0);
  CHECK(strcmp(err.message, "no rows in `x`, 3 columns") == 0);
  CHECK(err.line == 0 && err.offset == -1);

  CHECK(cr_fail_at(&err, CR_EPARSE, "quote", 12, 345, "open quote") == CR_EPARSE);
  CHECK(err.status == CR_EPARSE && err.line == 12 && err.offset == 345);

  // without a place to write, only the status
  CHECK(cr_fail(NULL, CR_ENOMEM, "memory", "none") == CR_ENOMEM);
  CHECK(cr_fail_at(NULL, CR_EIO, "read", 1, 2, "%d", 3) == CR_EIO);

  // long texts are cut, always terminated, and stay within their field
  char words[2000];
  memset(words, 'w', sizeof words - 1);
  words[sizeof words - 1] = '\0';
  memset(&err, 0xA5, sizeof err);
  CHECK(cr_fail(&err, CR_ELIMIT, words, "%s", words) == CR_ELIMIT);
  CHECK(strlen(err.code) == sizeof err.code - 1);
  CHECK(strlen(err.message) == sizeof err.message - 1);
  CHECK(err.line == 0 && err.offset == -1);

  // CR_TRY leaves at the first failure and keeps its status
  int reached = 0;
  CHECK(passes_on(CR_OK, &err, &reached) == CR_OK && reached == 1);
  CHECK(passes_on(CR_EMODEL, &err, &reached) == CR_EMODEL && reached == 0);
  CHECK(strcmp(err.code, "inner") == 0);
}
