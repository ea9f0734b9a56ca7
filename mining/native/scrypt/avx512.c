/* The kernel for AVX-512F: vectors of four headers. Its rotation is one instruction. */
#if defined(__x86_64__)

#define KERNEL_NAME "avx512"
#define KERNEL_TARGET __attribute__((target("avx512f")))
#define KERNEL_SYMBOL scrypt_avx512
#define ROW_LANES 4
#define CHAINS 3

static int is_supported(void)
{
    return __builtin_cpu_supports("avx512f");
}

#include "wide.h"

#endif
