/* The kernel for vectors of one header, which every x86-64 CPU (SSE2) and every 64-bit ARM CPU (NEON) has. */
#if defined(__x86_64__) || defined(__aarch64__)

#if defined(__x86_64__)
#define KERNEL_NAME "sse2"
#else
#define KERNEL_NAME "neon"
#endif
#define KERNEL_TARGET
#define KERNEL_SYMBOL scrypt_rows
#define ROW_LANES 1
#define CHAINS 4

static int is_supported(void)
{
    return 1;
}

#include "wide.h"

#endif
