/* The kernel for AVX2: vectors of two headers. */
#if defined(__x86_64__)

#define KERNEL_NAME "avx2"
#define KERNEL_TARGET __attribute__((target("avx2")))
#define KERNEL_SYMBOL scrypt_avx2
#define ROW_LANES 2
#define CHAINS 3

static int is_supported(void)
{
    return __builtin_cpu_supports("avx2");
}

#include "wide.h"

#endif
