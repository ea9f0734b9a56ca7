/* The kernel for every machine: one header at a time, in C with the vector types of GCC and Clang.
 *
 * A 64-byte block lies in four rows of four words, each row a diagonal of Salsa20's square (words 0 5 10 15, 4 9 14 3,
 * 8 13 2 7, 12 1 6 11). Then its four quarter rounds are one on whole rows, and turning the rows makes columns of its
 * rows. The compiler maps rows to whatever the CPU has (SSE2, NEON), or to single words.
 */
#include "scrypt.h"

#include <string.h>

typedef uint32_t row __attribute__((vector_size(16)));

struct square {
    row a, b, c, d;
};

#if defined(__clang__)
#define TURNED(of, i, j, k, l) __builtin_shufflevector(of, of, i, j, k, l)
#else
#define TURNED(of, i, j, k, l) __builtin_shuffle(of, (row){i, j, k, l})
#endif
#define LEFT(words, count) ((words) << (count) | (words) >> (32 - (count)))
#define INLINE static inline __attribute__((always_inline))

INLINE struct square xored(struct square x, const struct square *y)
{
    return (struct square){x.a ^ y->a, x.b ^ y->b, x.c ^ y->c, x.d ^ y->d};
}

/* Salsa20/8 of the exclusive or of both [3]. */
INLINE struct square salsa20_8(struct square x, const struct square *other)
{
    x = xored(x, other);
    const struct square before = x;
    for (int i = 0; i < 8; i++) {
        x.b ^= LEFT(x.a + x.d, 7);
        x.c ^= LEFT(x.b + x.a, 9);
        x.d ^= LEFT(x.c + x.b, 13);
        x.a ^= LEFT(x.d + x.c, 18);
        const row b = x.b;
        x.b = TURNED(x.d, 1, 2, 3, 0);
        x.c = TURNED(x.c, 2, 3, 0, 1);
        x.d = TURNED(b, 3, 0, 1, 2);
    }
    return (struct square){x.a + before.a, x.b + before.b, x.c + before.c, x.d + before.d};
}

/* scryptROMix with r = 1 [4, 5], on the words of a block. */
void scrypt_portable_mix(uint32_t block[BLOCK_WORDS], uint64_t n, void *scratchpad)
{
    struct square first, second, *const pad = scratchpad;
    uint32_t ordered[BLOCK_WORDS];
    for (unsigned i = 0; i < BLOCK_WORDS; i++)
        ordered[i] = block[i / 16 * 16 + scrypt_word_at(i % 16)];
    memcpy(&first, ordered, sizeof first);
    memcpy(&second, ordered + 16, sizeof second);
    for (uint64_t i = 0; i < n; i++) {
        pad[2 * i] = first;
        pad[2 * i + 1] = second;
        first = salsa20_8(first, &second);
        second = salsa20_8(second, &first);
    }
    for (uint64_t i = 0; i < n; i++) {
        const struct square *const from = pad + 2 * (second.a[0] & (n - 1));
        first = xored(first, from);
        second = xored(second, from + 1);
        first = salsa20_8(first, &second);
        second = salsa20_8(second, &first);
    }
    memcpy(ordered, &first, sizeof first);
    memcpy(ordered + 16, &second, sizeof second);
    for (unsigned i = 0; i < BLOCK_WORDS; i++)
        block[i / 16 * 16 + scrypt_word_at(i % 16)] = ordered[i];
}

static void hash(const struct scrypt_header *header, uint32_t nonce, uint64_t n, void *scratchpad,
                 uint8_t (*hashes)[HASH_BYTES])
{
    struct scrypt_pads pads;
    uint32_t block[BLOCK_WORDS];
    scrypt_expand(header, nonce, &pads, block);
    scrypt_portable_mix(block, n, scratchpad);
    scrypt_extract(&pads, block, hashes[0]);
}

static int is_supported(void)
{
    return 1;
}

const struct scrypt_kernel scrypt_portable = {"portable", 1, is_supported, hash};
