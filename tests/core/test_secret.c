#include "model/secret.h"

#include "check.h"
#include "model/sha256.h"

void test_secret(void) {
  static const char* const keys[] = {"first key", "second key", ""};
  uint8_t digests[3 * CR_SHA256_BYTES];
  for (size_t k = 0; k < 3; k++) {
    cr_sha256((const uint8_t*)keys[k], strlen(keys[k]), digests + k * CR_SHA256_BYTES);
  }
  for (size_t k = 0; k < 3; k++) {
    CHECK(cr_secret_find(digests, 3, (const uint8_t*)keys[k], strlen(keys[k])) == k);
  }
  CHECK(cr_secret_find(digests, 3, (const uint8_t*)"third", 5) == 3);
  CHECK(cr_secret_find(digests, 1, (const uint8_t*)"second key", 10) == 1);
  CHECK(cr_secret_find(digests, 0, (const uint8_t*)"first key", 9) == 0);
  // a digest is not its key, and one bit is enough to be another
  CHECK(cr_secret_find(digests, 3, digests, CR_SHA256_BYTES) == 3);
  for (size_t b = 0; b < CR_SHA256_BYTES; b++) {
    digests[b] ^= 1;
    CHECK(cr_secret_find(digests, 3, (const uint8_t*)"first key", 9) == 3);
    digests[b] ^= 1;
  }
}
