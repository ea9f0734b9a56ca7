/* Scrypt (RFC 7914) with r = 1, p = 1 over block headers: what the kernels, the machine and the scan share.
 *
 * Password and salt are the same 80 bytes, the result has 32. Words are numbers, never bytes laid over each other, so
 * nothing here depends on the byte order of the machine. Chapters in brackets are those of RFC 7914.
 */
#ifndef MINERCONSOLE_SCRYPT_H
#define MINERCONSOLE_SCRYPT_H

#include <stddef.h>
#include <stdint.h>

#define PUBLIC __attribute__((visibility("default")))

enum {
    HEADER_BYTES = 80,
    HEADER_WORDS = HEADER_BYTES / 4,
    NONCE_OFFSET = 76, /* four bytes, little-endian; the last word of the header */
    HASH_BYTES = 32,
    BLOCK_WORDS = 32, /* what is mixed: 128 * r bytes */
    BLOCK_BYTES = BLOCK_WORDS * 4,
    MAX_LANES = 16,
    MAX_N = 1 << 20
};

/* HMAC and the padding of SHA-256, in bits where they say so. */
#define PADDING 0x80000000u
#define INNER_PAD 0x36363636u
#define OUTER_PAD 0x5c5c5c5cu
enum { PAD_BITS = 512, HEADER_BITS = HEADER_BYTES * 8, INDEX_BITS = 32, DIGEST_BITS = 256 };

/* A header without its nonce, as SHA-256 sees it. */
struct scrypt_header {
    uint32_t words[HEADER_WORDS - 1];
    uint32_t midstate[8]; /* after the first 64 bytes, which are the same for all nonces */
};

/* HMAC-SHA256 after its key: where the inner and the outer hash go on. */
struct scrypt_pads {
    uint32_t inner[8], outer[8];
};

/* One way to compute hashes, `lanes` at a time: headers with the nonces first_nonce, first_nonce + 1, … (modulo 2^32).
 * `scratchpad` has BLOCK_BYTES * n * lanes bytes, aligned to a page; its layout is the kernel's own affair. */
struct scrypt_kernel {
    const char *name;
    unsigned lanes;
    int (*is_supported)(void); /* by this CPU and its operating system */
    void (*hash)(const struct scrypt_header *header, uint32_t first_nonce, uint64_t n, void *scratchpad,
                 uint8_t (*hashes)[HASH_BYTES]);
};

/* A kernel with its memory, and what its last group of lanes gave. */
struct machine {
    const struct scrypt_kernel *kernel;
    uint64_t n;
    void *scratchpad;
    size_t mapped;  /* bytes */
    uint64_t group; /* how many of the hashes count: fewer than lanes at the end of a range */
    uint8_t hashes[MAX_LANES][HASH_BYTES];
};

/* What a scan works on; scrypt_kernel.py has the same structure. */
struct scan {
    volatile uint64_t *board;
    volatile uint64_t *row;
    struct machine *machine;
    const uint8_t *header; /* 80 bytes; those of the nonce do not matter */
    uint64_t target[4];    /* the lowest word first */
    uint64_t generation_at, command_at, intensity_at;
    uint64_t generation, command, intensity;
    uint64_t cursor, end; /* at most 2^32 */
    uint64_t unchecked;   /* hashes of the last group that nobody has looked at; 0 to start a range */
    uint64_t cpu_every_ns, cpu_at_ns;
    uint64_t nonce;             /* of the CANDIDATE */
    uint8_t result[HASH_BYTES]; /* its hash */
};

static inline uint32_t turn_bytes(uint32_t word)
{
    return word << 24 | (word & 0xff00) << 8 | (word >> 8 & 0xff00) | word >> 24;
}

static inline uint32_t load_big_endian(const uint8_t *from)
{
    return (uint32_t)from[0] << 24 | (uint32_t)from[1] << 16 | (uint32_t)from[2] << 8 | from[3];
}

/* The word of a half block that lies at a place of its rows: see portable.c. */
static inline unsigned scrypt_word_at(unsigned place)
{
    return (place / 4 * 4 + place % 4 * 5) % 16;
}

/* sha256.c (FIPS 180-4): 16 words into the state. */
extern const uint32_t scrypt_sha256_k[64];
void scrypt_sha256_start(uint32_t state[8]);
void scrypt_sha256_block(uint32_t state[8], const uint32_t words[16]);

/* pbkdf2.c */
void scrypt_prepare(struct scrypt_header *header, const uint8_t bytes[HEADER_BYTES]);
void scrypt_expand(const struct scrypt_header *header, uint32_t nonce, struct scrypt_pads *pads,
                   uint32_t block[BLOCK_WORDS]);
void scrypt_extract(const struct scrypt_pads *pads, const uint32_t block[BLOCK_WORDS], uint8_t hash[HASH_BYTES]);

/* kernels.c: what dispatch.c chooses from, in this order; null ends it. All files are compiled with the same flags, so
 * a kernel for instructions that not every CPU has asks for them with the function attribute `target`. */
extern const struct scrypt_kernel *const scrypt_kernels[];

/* avx512.c, avx2.c and rows.c, where the CPU's family has them */
extern const struct scrypt_kernel scrypt_avx512, scrypt_avx2, scrypt_rows;

/* portable.c */
extern const struct scrypt_kernel scrypt_portable;
void scrypt_portable_mix(uint32_t block[BLOCK_WORDS], uint64_t n, void *scratchpad);

/* dispatch.c and scan.c: what Python calls. */
PUBLIC const char *mc_scrypt_reason(void);
PUBLIC const char *mc_scrypt_kernel_at(unsigned index, unsigned *lanes, int *is_supported);
PUBLIC struct machine *mc_scrypt_create(uint64_t n, int most_lanes, uint64_t memory_bytes, int wants_huge_pages);
PUBLIC void mc_scrypt_destroy(struct machine *machine);
PUBLIC const char *mc_scrypt_kernel_name(const struct machine *machine);
PUBLIC unsigned mc_scrypt_lanes(const struct machine *machine);
PUBLIC const void *mc_scrypt_scratchpad(const struct machine *machine);
PUBLIC void mc_scrypt_hash(struct machine *machine, const uint8_t header[HEADER_BYTES], unsigned lane,
                           uint8_t hash[HASH_BYTES]);
PUBLIC void mc_scrypt_mix(struct machine *machine, uint8_t bytes[BLOCK_BYTES]);
PUBLIC int mc_scrypt_scan(struct scan *scan);

#endif
