#include "model/sha256.h"

#include "base/mem.h"
#include "check.h"

static bool digest_is(const uint8_t* bytes, size_t n, const char* hex) {
  uint8_t digest[CR_SHA256_BYTES];
  char text[2 * CR_SHA256_BYTES + 1];
  cr_sha256(bytes, n, digest);
  for (int i = 0; i < CR_SHA256_BYTES; i++) {
    (void)snprintf(text + 2 * i, 3, "%02x", (unsigned)digest[i]);
  }
  return strcmp(text, hex) == 0;
}

// Messages of FIPS 180-4's examples, and every length around one and two blocks of the
// letter a, chained: digest of all digests, from Python's hashlib.
void test_sha256(void) {
  CHECK(digest_is((const uint8_t*)"", 0,
                  "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"));
  CHECK(digest_is((const uint8_t*)"abc", 3,
                  "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"));
  const char* long_one = "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq";
  CHECK(digest_is((const uint8_t*)long_one, 56,
                  "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1"));

  const size_t million = 1000000;
  uint8_t* a = cr_alloc(million, 1);
  CHECK(a != NULL);
  memset(a, 'a', million);
  CHECK(digest_is(a, million,
                  "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0"));
  uint8_t all[131 * CR_SHA256_BYTES];
  for (size_t n = 0; n <= 130; n++) cr_sha256(a, n, all + n * CR_SHA256_BYTES);
  CHECK(digest_is(all, sizeof all,
                  "f908a43fc8456c583aacde0fb2627959f8513dc76d0c03979b7f945a7dd78f22"));
  cr_free(a);
}
