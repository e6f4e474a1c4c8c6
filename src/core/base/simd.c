#include "base/simd.h"

bool cr_simd_avx2(cr_simd simd) {
#if defined(__x86_64__) && defined(__GNUC__)
  return simd == CR_SIMD_BEST && __builtin_cpu_supports("avx2");
#else
  (void)simd;
  return false;
#endif
}
