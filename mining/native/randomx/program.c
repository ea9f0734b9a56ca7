/* What the entropy of a program means: specs.md chapter 4.5. */
#if defined(__x86_64__)
#include "kernel.h"

#define MANTISSA_MASK ((UINT64_C(1) << 52) - 1)

/* A positive number from 1 to 2^32: 5 bits of exponent [4.5.2]. */
static uint64_t small_positive_float(uint64_t entropy)
{
    return ((entropy >> 59) + 1023) << 52 | (entropy & MANTISSA_MASK);
}

/* The bits that are set in each operand of group E: the exponent 0x300 + 16 * (4 bits), and 22 bits below [4.5.4]. */
static uint64_t e_mask(uint64_t entropy)
{
    return (UINT64_C(0x300) | entropy >> 60 << 4) << 52 | (entropy & ((1u << 22) - 1));
}

void rx_configure(const struct program *program, struct register_file *registers, struct configuration *into)
{
    const uint64_t *entropy = program->entropy;
    for (int i = 0; i < 4; i++) {
        registers->a[i][0] = small_positive_float(entropy[2 * i]);
        registers->a[i][1] = small_positive_float(entropy[2 * i + 1]);
    }
    into->ma = (uint32_t)entropy[8] & DATASET_MASK;
    into->mx = (uint32_t)entropy[10];
    for (int i = 0; i < 4; i++)
        into->read_register[i] = (uint8_t)(2 * i + (entropy[12] >> i & 1));
    into->dataset_offset = entropy[13] % (DATASET_EXTRA_LINES + 1) * DATASET_LINE_BYTES;
    into->e_mask[0] = e_mask(entropy[14]);
    into->e_mask[1] = e_mask(entropy[15]);
}
#endif
