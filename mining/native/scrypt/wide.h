/* A kernel that hashes several headers at once, in C with the vector types of GCC and Clang. A kernel's file includes
 * this once, after it has defined
 *
 *   KERNEL_NAME    a string
 *   KERNEL_TARGET  the attribute `target` of its instructions, or nothing
 *   KERNEL_SYMBOL  the struct scrypt_kernel that it gives
 *   ROW_LANES      headers in a vector of 16 * ROW_LANES bytes: 1, 2 or 4
 *   CHAINS         vectors that are mixed side by side
 *
 * and a function is_supported. SHA-256 has one header in each word of a vector. The mix has the rows of portable.c:
 * each 16 bytes of a vector belong to one header. Salsa20 is one long chain of dependent instructions, which leaves
 * most of the CPU idle; CHAINS of them, instruction by instruction side by side, fill it.
 */
#include "scrypt.h"

#include <string.h>

#if defined(__clang__)
#define UNROLL _Pragma("unroll")
#define PICKED __builtin_shufflevector
#define MERGED __builtin_shufflevector
#else
#define UNROLL _Pragma("GCC unroll 16")
#define PICKED(from, same, ...) __builtin_shuffle(from, (vector){__VA_ARGS__})
#define MERGED(one, two, ...) __builtin_shuffle(one, two, (vector){__VA_ARGS__})
#endif
#if ROW_LANES == 1
#define TURNED(of, i, j, k, l) PICKED(of, of, i, j, k, l)
#elif ROW_LANES == 2
#define TURNED(of, i, j, k, l) PICKED(of, of, i, j, k, l, i + 4, j + 4, k + 4, l + 4)
#else
#define TURNED(of, i, j, k, l)                                                                                         \
    PICKED(of, of, i, j, k, l, i + 4, j + 4, k + 4, l + 4, i + 8, j + 8, k + 8, l + 8, i + 12, j + 12, k + 12, l + 12)
#endif
#define LEFT(words, count) ((words) << (count) | (words) >> (32 - (count)))
#define RIGHT(words, count) LEFT(words, 32 - (count))
#define INLINE static inline __attribute__((always_inline)) KERNEL_TARGET
#define OUTLINE static __attribute__((noinline)) KERNEL_TARGET

enum { LANES = ROW_LANES * CHAINS, WIDTH = ROW_LANES * 4, ROW_BYTES = 16, HALF_WORDS = BLOCK_WORDS / 2 };

typedef uint32_t vector __attribute__((vector_size(ROW_BYTES * ROW_LANES)));

_Static_assert((int)LANES <= (int)WIDTH, "SHA-256 takes all lanes at once");
_Static_assert((int)LANES <= (int)MAX_LANES, "their hashes have room");

/* --- SHA-256 and PBKDF2, as in sha256.c and pbkdf2.c ------------------------------------------------------------- */

struct wide_pads {
    vector inner[8], outer[8];
};

INLINE vector all(uint32_t word)
{
    return (vector){0} + word;
}

INLINE vector turned_bytes(vector words)
{
    return words << 24 | (words & 0xff00) << 8 | (words >> 8 & 0xff00) | words >> 24;
}

INLINE void start(vector state[8])
{
    uint32_t first[8];
    scrypt_sha256_start(first);
    for (int i = 0; i < 8; i++)
        state[i] = all(first[i]);
}

OUTLINE void add_block(vector state[8], const vector words[16])
{
    vector w[16], s[8];
    memcpy(w, words, sizeof w);
    memcpy(s, state, sizeof s);
    for (int block = 0; block < 64; block += 16) {
        UNROLL for (int i = 0; i < 16; i++) {
            const vector a = s[(16 - i) % 8], b = s[(17 - i) % 8], c = s[(18 - i) % 8];
            const vector e = s[(20 - i) % 8], f = s[(21 - i) % 8], g = s[(22 - i) % 8];
            const vector before = w[(i + 1) % 16], last = w[(i + 14) % 16];
            const vector t1 = s[(23 - i) % 8] + (RIGHT(e, 6) ^ RIGHT(e, 11) ^ RIGHT(e, 25)) + (g ^ (e & (f ^ g))) +
                              scrypt_sha256_k[block + i] + w[i];
            s[(19 - i) % 8] += t1;
            s[(23 - i) % 8] = t1 + (RIGHT(a, 2) ^ RIGHT(a, 13) ^ RIGHT(a, 22)) + ((a & b) | (c & (a | b)));
            w[i] += w[(i + 9) % 16] + (RIGHT(before, 7) ^ RIGHT(before, 18) ^ before >> 3) +
                    (RIGHT(last, 17) ^ RIGHT(last, 19) ^ last >> 10);
        }
    }
    for (int i = 0; i < 8; i++)
        state[i] += s[i];
}

/* The last 16 bytes of the headers, as the first words of a block. */
INLINE void begin_rest(const struct scrypt_header *header, vector nonce_words, vector block[16])
{
    memset(block, 0, 16 * sizeof *block);
    for (int i = 0; i < 3; i++)
        block[i] = all(header->words[16 + i]);
    block[3] = nonce_words;
}

INLINE void start_hmac(const struct scrypt_header *header, vector nonce_words, struct wide_pads *pads)
{
    vector key[8], block[16];
    begin_rest(header, nonce_words, block);
    block[4] = all(PADDING);
    block[15] = all(HEADER_BITS);
    for (int i = 0; i < 8; i++)
        key[i] = all(header->midstate[i]);
    add_block(key, block);
    for (int i = 0; i < 16; i++)
        block[i] = (i < 8 ? key[i] : all(0)) ^ INNER_PAD;
    start(pads->inner);
    add_block(pads->inner, block);
    for (int i = 0; i < 16; i++)
        block[i] ^= INNER_PAD ^ OUTER_PAD;
    start(pads->outer);
    add_block(pads->outer, block);
}

INLINE void finish_hmac(const struct wide_pads *pads, vector digest[8])
{
    vector block[16] = {[8] = all(PADDING), [15] = all(PAD_BITS + DIGEST_BITS)};
    memcpy(block, digest, 8 * sizeof *digest);
    memcpy(digest, pads->outer, sizeof pads->outer);
    add_block(digest, block);
}

OUTLINE void expand(const struct scrypt_header *header, vector nonce_words, struct wide_pads *pads,
                    vector words[BLOCK_WORDS])
{
    vector block[16], salted[8];
    start_hmac(header, nonce_words, pads);
    for (unsigned i = 0; i < 16; i++)
        block[i] = all(header->words[i]);
    memcpy(salted, pads->inner, sizeof salted);
    add_block(salted, block);
    begin_rest(header, nonce_words, block);
    block[5] = all(PADDING);
    block[15] = all(PAD_BITS + HEADER_BITS + INDEX_BITS);
    for (uint32_t part = 0; part < BLOCK_WORDS / 8; part++) {
        vector digest[8];
        block[4] = all(part + 1);
        memcpy(digest, salted, sizeof digest);
        add_block(digest, block);
        finish_hmac(pads, digest);
        for (unsigned i = 0; i < 8; i++)
            words[8 * part + i] = turned_bytes(digest[i]);
    }
}

OUTLINE void extract(const struct wide_pads *pads, vector words[BLOCK_WORDS], vector digest[8])
{
    const vector rest[16] = {all(1), all(PADDING), [15] = all(PAD_BITS + BLOCK_BYTES * 8 + INDEX_BITS)};
    for (int i = 0; i < BLOCK_WORDS; i++)
        words[i] = turned_bytes(words[i]);
    memcpy(digest, pads->inner, sizeof pads->inner);
    add_block(digest, words);
    add_block(digest, words + 16);
    add_block(digest, rest);
    finish_hmac(pads, digest);
}

/* --- the mix ------------------------------------------------------------------------------------------------------ */

/* Half a block of each of ROW_LANES headers. */
struct half {
    vector a, b, c, d;
};

/* Where the rows of a vector's headers are. */
struct places {
    uint8_t *of[ROW_LANES];
};

INLINE void double_round_half(struct half x[CHAINS])
{
    UNROLL for (int k = 0; k < CHAINS; k++)
        x[k].b ^= LEFT(x[k].a + x[k].d, 7);
    UNROLL for (int k = 0; k < CHAINS; k++)
        x[k].c ^= LEFT(x[k].b + x[k].a, 9);
    UNROLL for (int k = 0; k < CHAINS; k++)
        x[k].d ^= LEFT(x[k].c + x[k].b, 13);
    UNROLL for (int k = 0; k < CHAINS; k++) {
        const vector b = x[k].b;
        x[k].a ^= LEFT(x[k].d + x[k].c, 18);
        x[k].b = TURNED(x[k].d, 1, 2, 3, 0);
        x[k].c = TURNED(x[k].c, 2, 3, 0, 1);
        x[k].d = TURNED(b, 3, 0, 1, 2);
    }
}

/* Salsa20/8 of the exclusive or of both, into the first [3]. */
INLINE void salsa20_8(struct half into[CHAINS], const struct half other[CHAINS])
{
    struct half x[CHAINS], before[CHAINS];
    UNROLL for (int k = 0; k < CHAINS; k++) {
        x[k].a = into[k].a ^ other[k].a;
        x[k].b = into[k].b ^ other[k].b;
        x[k].c = into[k].c ^ other[k].c;
        x[k].d = into[k].d ^ other[k].d;
        before[k] = x[k];
    }
    UNROLL for (int i = 0; i < 8; i++)
        double_round_half(x);
    UNROLL for (int k = 0; k < CHAINS; k++) {
        into[k].a = x[k].a + before[k].a;
        into[k].b = x[k].b + before[k].b;
        into[k].c = x[k].c + before[k].c;
        into[k].d = x[k].d + before[k].d;
    }
}

/* From here to half_into: halves between memory, where each header's rows lie one after the other, and vectors, which
 * have the same row of ROW_LANES headers. Whole vectors are read and their rows exchanged. Put together from 16 bytes
 * of each header, a vector would go over the stack, where reading it has to wait for what was written in parts. Two
 * headers are written row by row, which is faster than to exchange the rows first (ADR 18). */
INLINE vector loaded(const uint8_t *from)
{
    vector words;
    memcpy(&words, from, sizeof words);
    return words;
}

#if ROW_LANES == 1
INLINE struct half half_from(const struct places *at, int offset)
{
    const uint8_t *const rows = at->of[0] + offset;
    return (struct half){loaded(rows), loaded(rows + ROW_BYTES), loaded(rows + 2 * ROW_BYTES),
                         loaded(rows + 3 * ROW_BYTES)};
}
#elif ROW_LANES == 2
#define LOWER(one, two) MERGED(one, two, 0, 1, 2, 3, 8, 9, 10, 11)
#define UPPER(one, two) MERGED(one, two, 4, 5, 6, 7, 12, 13, 14, 15)
INLINE struct half half_from(const struct places *at, int offset)
{
    const uint8_t *const first = at->of[0] + offset, *const second = at->of[1] + offset;
    const vector ab[2] = {loaded(first), loaded(second)};
    const vector cd[2] = {loaded(first + 2 * ROW_BYTES), loaded(second + 2 * ROW_BYTES)};
    return (struct half){LOWER(ab[0], ab[1]), UPPER(ab[0], ab[1]), LOWER(cd[0], cd[1]), UPPER(cd[0], cd[1])};
}
#else
#define LOWER(one, two) MERGED(one, two, 0, 1, 2, 3, 4, 5, 6, 7, 16, 17, 18, 19, 20, 21, 22, 23)
#define UPPER(one, two) MERGED(one, two, 8, 9, 10, 11, 12, 13, 14, 15, 24, 25, 26, 27, 28, 29, 30, 31)
#define EVEN(one, two) MERGED(one, two, 0, 1, 2, 3, 8, 9, 10, 11, 16, 17, 18, 19, 24, 25, 26, 27)
#define ODD(one, two) MERGED(one, two, 4, 5, 6, 7, 12, 13, 14, 15, 20, 21, 22, 23, 28, 29, 30, 31)

/* Four vectors of four rows, as a matrix: its transpose. */
INLINE struct half transposed(vector a, vector b, vector c, vector d)
{
    const vector ab[2] = {LOWER(a, b), UPPER(a, b)}, cd[2] = {LOWER(c, d), UPPER(c, d)};
    return (struct half){EVEN(ab[0], cd[0]), ODD(ab[0], cd[0]), EVEN(ab[1], cd[1]), ODD(ab[1], cd[1])};
}

INLINE struct half half_from(const struct places *at, int offset)
{
    return transposed(loaded(at->of[0] + offset), loaded(at->of[1] + offset), loaded(at->of[2] + offset),
                      loaded(at->of[3] + offset));
}
#endif

#if ROW_LANES == 4
INLINE void half_into(const struct places *at, int offset, const struct half *half)
{
    const struct half of = transposed(half->a, half->b, half->c, half->d);
    memcpy(at->of[0] + offset, &of.a, sizeof of.a);
    memcpy(at->of[1] + offset, &of.b, sizeof of.b);
    memcpy(at->of[2] + offset, &of.c, sizeof of.c);
    memcpy(at->of[3] + offset, &of.d, sizeof of.d);
}
#else
INLINE void row_into(const struct places *at, int offset, vector row)
{
    UNROLL for (int lane = 0; lane < ROW_LANES; lane++)
        memcpy(at->of[lane] + offset, (const uint8_t *)&row + ROW_BYTES * lane, ROW_BYTES);
}

INLINE void half_into(const struct places *at, int offset, const struct half *half)
{
    row_into(at, offset, half->a);
    row_into(at, offset + ROW_BYTES, half->b);
    row_into(at, offset + 2 * ROW_BYTES, half->c);
    row_into(at, offset + 3 * ROW_BYTES, half->d);
}
#endif

INLINE void add_half(struct half *half, const struct places *at, int offset)
{
    const struct half other = half_from(at, offset);
    half->a ^= other.a;
    half->b ^= other.b;
    half->c ^= other.c;
    half->d ^= other.d;
}

/* The block of a header in a chain: block `index` of its own part of the scratchpad. */
INLINE uint8_t *block_at(uint8_t *scratchpad, uint64_t n, int chain, int lane, uint64_t index)
{
    return scratchpad + BLOCK_BYTES * (n * (uint64_t)(chain * ROW_LANES + lane) + index);
}

INLINE struct places same_places(uint8_t *scratchpad, uint64_t n, int chain, uint64_t index)
{
    struct places at;
    UNROLL for (int lane = 0; lane < ROW_LANES; lane++)
        at.of[lane] = block_at(scratchpad, n, chain, lane, index);
    return at;
}

/* Integerify [4]: the first word of the second half. */
INLINE struct places own_places(uint8_t *scratchpad, uint64_t n, int chain, const struct half *second)
{
    struct places at;
    UNROLL for (int lane = 0; lane < ROW_LANES; lane++)
        at.of[lane] = block_at(scratchpad, n, chain, lane, second->a[4 * lane] & (n - 1));
    return at;
}

/* scryptROMix with r = 1 [4, 5], on blocks that lie in rows. */
OUTLINE void mix(uint8_t blocks[LANES][BLOCK_BYTES], uint64_t n, uint8_t *scratchpad)
{
    struct half first[CHAINS], second[CHAINS];
    UNROLL for (int k = 0; k < CHAINS; k++) {
        const struct places at = same_places((uint8_t *)blocks, 1, k, 0);
        first[k] = half_from(&at, 0);
        second[k] = half_from(&at, BLOCK_BYTES / 2);
    }
    for (uint64_t i = 0; i < n; i++) {
        UNROLL for (int k = 0; k < CHAINS; k++) {
            const struct places at = same_places(scratchpad, n, k, i);
            half_into(&at, 0, &first[k]);
            half_into(&at, BLOCK_BYTES / 2, &second[k]);
        }
        salsa20_8(first, second);
        salsa20_8(second, first);
    }
    for (uint64_t i = 0; i < n; i++) {
        UNROLL for (int k = 0; k < CHAINS; k++) {
            const struct places at = own_places(scratchpad, n, k, &second[k]);
            add_half(&first[k], &at, 0);
            add_half(&second[k], &at, BLOCK_BYTES / 2);
        }
        salsa20_8(first, second);
        salsa20_8(second, first);
    }
    UNROLL for (int k = 0; k < CHAINS; k++) {
        const struct places at = same_places((uint8_t *)blocks, 1, k, 0);
        half_into(&at, 0, &first[k]);
        half_into(&at, BLOCK_BYTES / 2, &second[k]);
    }
}

/* --- the kernel --------------------------------------------------------------------------------------------------- */

/* The words of a block, which SHA-256 has side by side, into the rows of each header's block; and back. */
INLINE void into_rows(const vector words[BLOCK_WORDS], uint8_t blocks[LANES][BLOCK_BYTES])
{
    for (int lane = 0; lane < LANES; lane++) {
        uint32_t row_words[BLOCK_WORDS];
        for (unsigned i = 0; i < BLOCK_WORDS; i++)
            row_words[i] = words[i / HALF_WORDS * HALF_WORDS + scrypt_word_at(i % HALF_WORDS)][lane];
        memcpy(blocks[lane], row_words, BLOCK_BYTES);
    }
}

INLINE void from_rows(uint8_t blocks[LANES][BLOCK_BYTES], vector words[BLOCK_WORDS])
{
    for (int lane = 0; lane < LANES; lane++) {
        uint32_t row_words[BLOCK_WORDS];
        memcpy(row_words, blocks[lane], BLOCK_BYTES);
        for (unsigned i = 0; i < BLOCK_WORDS; i++)
            words[i / HALF_WORDS * HALF_WORDS + scrypt_word_at(i % HALF_WORDS)][lane] = row_words[i];
    }
}

KERNEL_TARGET static void hash(const struct scrypt_header *header, uint32_t first_nonce, uint64_t n, void *scratchpad,
                               uint8_t (*hashes)[HASH_BYTES])
{
    vector nonces, words[BLOCK_WORDS], digest[8];
    struct wide_pads pads;
    _Alignas(64) uint8_t blocks[LANES][BLOCK_BYTES];
    for (int lane = 0; lane < WIDTH; lane++)
        nonces[lane] = first_nonce + (uint32_t)lane; /* those beyond LANES are hashed by SHA-256 alone, and not used */
    expand(header, turned_bytes(nonces), &pads, words);
    into_rows(words, blocks);
    mix(blocks, n, scratchpad);
    from_rows(blocks, words);
    extract(&pads, words, digest);
    for (int lane = 0; lane < LANES; lane++)
        for (int i = 0; i < HASH_BYTES; i++)
            hashes[lane][i] = (uint8_t)(digest[i / 4][lane] >> (24 - 8 * (i % 4)));
}

const struct scrypt_kernel KERNEL_SYMBOL = {KERNEL_NAME, LANES, is_supported, hash};
