/* A kernel that does not do what it should, in the place of ours: for what must notice it. Compile with IS_WRONG(nonce)
 * for the hashes in which a bit is turned round, or with CRASHES. */
#include "scrypt.h"

#include <stdlib.h>

#ifndef IS_WRONG
#define IS_WRONG(nonce) ((void)(nonce), 1)
#endif

static void hash(const struct scrypt_header *header, uint32_t first_nonce, uint64_t n, void *scratchpad,
                 uint8_t (*hashes)[HASH_BYTES])
{
#ifdef CRASHES
    abort();
#endif
    scrypt_portable.hash(header, first_nonce, n, scratchpad, hashes);
    if (IS_WRONG(first_nonce))
        hashes[0][0] ^= 1;
}

static int is_supported(void)
{
    return 1;
}

static const struct scrypt_kernel wrong = {"wrong", 1, is_supported, hash};

const struct scrypt_kernel *const scrypt_kernels[] = {&wrong, NULL};
