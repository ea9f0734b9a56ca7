/* Blake2b without a key (RFC 7693). */
#if defined(__x86_64__)
#include "kernel.h"

#include <string.h>

static const uint64_t START[8] = {0x6a09e667f3bcc908u, 0xbb67ae8584caa73bu, 0x3c6ef372fe94f82bu, 0xa54ff53a5f1d36f1u,
                                  0x510e527fade682d1u, 0x9b05688c2b3e6c1fu, 0x1f83d9abfb41bd6bu, 0x5be0cd19137e2179u};

static inline uint64_t rotate(uint64_t word, int count)
{
    return word >> count | word << (64 - count);
}

#define MIX(a, b, c, d, x, y)          \
    do {                               \
        a += b + m[x];                 \
        d = rotate(d ^ a, 32);         \
        c += d;                        \
        b = rotate(b ^ c, 24);         \
        a += b + m[y];                 \
        d = rotate(d ^ a, 16);         \
        c += d;                        \
        b = rotate(b ^ c, 63);         \
    } while (0)

/* One round; the 16 arguments are the row of the message schedule. */
#define ROUND(s0, s1, s2, s3, s4, s5, s6, s7, s8, s9, sa, sb, sc, sd, se, sf) \
    do {                                                                      \
        MIX(v0, v4, v8, v12, s0, s1);                                         \
        MIX(v1, v5, v9, v13, s2, s3);                                         \
        MIX(v2, v6, v10, v14, s4, s5);                                        \
        MIX(v3, v7, v11, v15, s6, s7);                                        \
        MIX(v0, v5, v10, v15, s8, s9);                                        \
        MIX(v1, v6, v11, v12, sa, sb);                                        \
        MIX(v2, v7, v8, v13, sc, sd);                                         \
        MIX(v3, v4, v9, v14, se, sf);                                         \
    } while (0)

static void compress(uint64_t h[8], const uint8_t block[128], uint64_t bytes, int is_last)
{
    uint64_t m[16];
    memcpy(m, block, sizeof m);
    uint64_t v0 = h[0], v1 = h[1], v2 = h[2], v3 = h[3], v4 = h[4], v5 = h[5], v6 = h[6], v7 = h[7];
    uint64_t v8 = START[0], v9 = START[1], v10 = START[2], v11 = START[3];
    uint64_t v12 = START[4] ^ bytes, v13 = START[5], v14 = is_last ? ~START[6] : START[6], v15 = START[7];
    ROUND(0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15);
    ROUND(14, 10, 4, 8, 9, 15, 13, 6, 1, 12, 0, 2, 11, 7, 5, 3);
    ROUND(11, 8, 12, 0, 5, 2, 15, 13, 10, 14, 3, 6, 7, 1, 9, 4);
    ROUND(7, 9, 3, 1, 13, 12, 11, 14, 2, 6, 5, 10, 4, 0, 15, 8);
    ROUND(9, 0, 5, 7, 2, 4, 10, 15, 14, 1, 11, 12, 6, 8, 3, 13);
    ROUND(2, 12, 6, 10, 0, 11, 8, 3, 4, 13, 7, 5, 15, 14, 1, 9);
    ROUND(12, 5, 1, 15, 14, 13, 4, 10, 0, 7, 6, 3, 9, 2, 8, 11);
    ROUND(13, 11, 7, 14, 12, 1, 3, 9, 5, 0, 15, 4, 8, 6, 2, 10);
    ROUND(6, 15, 14, 9, 11, 3, 0, 8, 12, 2, 13, 7, 1, 4, 10, 5);
    ROUND(10, 2, 8, 4, 7, 6, 1, 5, 15, 11, 9, 14, 3, 12, 13, 0);
    ROUND(0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15);
    ROUND(14, 10, 4, 8, 9, 15, 13, 6, 1, 12, 0, 2, 11, 7, 5, 3);
    h[0] ^= v0 ^ v8, h[1] ^= v1 ^ v9, h[2] ^= v2 ^ v10, h[3] ^= v3 ^ v11;
    h[4] ^= v4 ^ v12, h[5] ^= v5 ^ v13, h[6] ^= v6 ^ v14, h[7] ^= v7 ^ v15;
}

void rx_blake2b(void *out, size_t out_bytes, const void *in, size_t in_bytes)
{
    uint64_t h[8];
    memcpy(h, START, sizeof h);
    h[0] ^= 0x01010000u ^ out_bytes;
    const uint8_t *at = in;
    uint64_t done = 0;
    while (in_bytes - done > 128) {
        done += 128;
        compress(h, at, done, 0);
        at += 128;
    }
    uint8_t last[128] = {0};
    if (in_bytes > done)
        memcpy(last, at, in_bytes - done);
    compress(h, last, in_bytes, 1);
    memcpy(out, h, out_bytes);
}
#endif
