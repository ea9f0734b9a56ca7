/* A kernel of four lanes made of the portable one, in the place of those for SIMD: for what all wide kernels share. */
#include "scrypt.h"

enum { LANES = 4 };

static void hash_each(const struct scrypt_header *header, uint32_t first_nonce, uint64_t n, void *scratchpad,
                      uint8_t (*hashes)[HASH_BYTES])
{
    for (uint32_t lane = 0; lane < LANES; lane++)
        scrypt_portable.hash(header, first_nonce + lane, n, (uint8_t *)scratchpad + BLOCK_BYTES * n * lane,
                             hashes + lane);
}

static int is_supported(void)
{
    return 1;
}

static int is_not_supported(void)
{
    return 0;
}

static const struct scrypt_kernel foreign = {"of another CPU", 8, is_not_supported, NULL};
static const struct scrypt_kernel four_lanes = {"four lanes", LANES, is_supported, hash_each};

const struct scrypt_kernel *const scrypt_kernels[] = {&foreign, &four_lanes, &scrypt_portable, NULL};
