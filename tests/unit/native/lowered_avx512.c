/* The text of the AVX-512 kernel without AVX-512: its 64-byte vectors are made of what every CPU of this family has.
 * The compiler splits each operation, so all but the choice of instructions is tested. Compile with THEIR_ROW_LANES and
 * THEIR_CHAINS as they stand in avx512.c, and with -Wno-psabi: such vectors have no fixed way to be passed. */
#define KERNEL_NAME "avx512 lowered"
#define KERNEL_TARGET
#define KERNEL_SYMBOL lowered_avx512
#define ROW_LANES THEIR_ROW_LANES
#define CHAINS THEIR_CHAINS

static int is_supported(void)
{
    return 1;
}

#include "wide.h"

const struct scrypt_kernel *const scrypt_kernels[] = {&lowered_avx512, &scrypt_portable, NULL};
