/* RandomX v1 (rx/0), fast mode, x86-64: what the parts of the kernel share.
 *
 * Source of every number: tevador/RandomX doc/specs.md, chapters in brackets. The library stays the oracle; this is
 * only the hash loop over a dataset that somebody else has built.
 */
#ifndef MINERCONSOLE_RANDOMX_KERNEL_H
#define MINERCONSOLE_RANDOMX_KERNEL_H

#include <stddef.h>
#include <stdint.h>

enum {
    SCRATCHPAD_BYTES = 2097152,
    SCRATCHPAD_L2_BYTES = 262144,
    SCRATCHPAD_L1_BYTES = 16384,
    PROGRAMS = 8,
    PROGRAM_INSTRUCTIONS = 256,
    PROGRAM_ITERATIONS = 2048,
    ENTROPY_WORDS = 16,
    PROGRAM_BYTES = ENTROPY_WORDS * 8 + PROGRAM_INSTRUCTIONS * 8,
    DATASET_LINE_BYTES = 64,
    DATASET_EXTRA_LINES = 33554368 / 64,
    CODE_BYTES = 65536,
    MXCSR_DEFAULT = 0x9fc0 /* flush to zero, denormals are zero, no exceptions, round to nearest [4.3] */
};
#define DATASET_MASK 0x7fffffc0u /* (2^31 - 1) & ~63 [4.6.2] */

/* The 256 bytes that are hashed between programs [1.1]. */
struct register_file {
    uint64_t r[8];
    uint64_t f[4][2], e[4][2], a[4][2];
};

struct instruction {
    uint8_t opcode, dst, src, mod;
    uint32_t imm32;
};

struct program {
    uint64_t entropy[ENTROPY_WORDS];
    struct instruction instructions[PROGRAM_INSTRUCTIONS];
};

/* What entropy decides besides the a registers [4.5]. */
struct configuration {
    uint64_t e_mask[2];
    uint64_t dataset_offset; /* bytes */
    uint32_t ma, mx;
    uint8_t read_register[4];
};

/* Where a test takes dataset items from: 64 bytes at a byte offset of the dataset. */
typedef const void *(*item_function)(uint64_t offset);

/* All that the generated code sees. compile_x86.c knows the offsets. */
struct run {
    struct register_file registers; /* offset 0 */
    uint64_t e_mask[2];             /* 256 */
    uint64_t dataset;               /* 272: address of the program's part of the dataset */
    uint64_t scratchpad;            /* 280 */
    uint64_t ma, mx;                /* 288, 296 */
    uint64_t code;                  /* 304 */
    item_function item;             /* 312: null but in tests */
    uint64_t iterations;            /* 320 */
    uint64_t mode;                  /* 328: 4 * rounding mode, before and after */
    uint64_t resume;                /* 336: where a paired program goes on after the other one's turn */
};

/* One hash on its way: its memory and how far it is. */
struct lane {
    _Alignas(64) struct run run;
    _Alignas(64) struct program program;
    _Alignas(64) uint64_t seed[8];
    uint8_t *scratchpad, *code;
};

/* How `next` runs its two halves of hashes: found out by trial, one after the other on one lane, or in turns. */
enum turns { BY_TRIAL, ALONE, IN_TURNS };

/* Two lanes run in turns on one core: while one waits for memory, the other computes. */
struct machine {
    struct lane lanes[2];
    const uint8_t *dataset;
    uint8_t *memory;  /* both scratchpads */
    size_t mapped;    /* bytes of `memory` to unmap; 0: the caller's */
    int on_huge_page;
    int started;      /* the lane whose hash comes next */
    enum turns turns;
    uint32_t trials;       /* calls of `next` measured so far */
    uint64_t trial_ns[2];  /* shortest call: alone, in turns */
};

/* aes.c [3.2 to 3.4]; states and hashes are 64 bytes, aligned to 16. */
void rx_fill_scratchpad(void *state, void *scratchpad);
void rx_hash_scratchpad(const void *scratchpad, void *hash);
void rx_fill_program(const void *state, struct program *program);

/* blake2b.c: RFC 7693 without a key. */
void rx_blake2b(void *out, size_t out_bytes, const void *in, size_t in_bytes);

/* program.c [4.5] */
void rx_configure(const struct program *program, struct register_file *registers, struct configuration *into);

/* compile_x86.c */
void rx_prepare_compiler(void);
void rx_compile(struct lane *lane, const struct configuration *configuration, int is_paired);

/* execute_x86.c: one program alone, or two in turns. */
void rx_execute(struct run *run);
void rx_execute_pair(struct run *first, struct run *second);

#endif
