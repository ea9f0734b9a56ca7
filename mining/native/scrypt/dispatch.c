/* Which kernel runs, and a machine: the kernel with its memory. */
#define _DEFAULT_SOURCE
#include "scrypt.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

enum { HUGE_PAGE_BYTES = 2097152 };

static _Thread_local char reason[160] = "";

/* Why the last mc_scrypt_create of this thread returned null. */
const char *mc_scrypt_reason(void)
{
    return reason;
}

/* The name of a kernel of the table, the fastest first, how many headers it hashes at once, and whether this CPU has
 * what it needs. Null after the last one. */
const char *mc_scrypt_kernel_at(unsigned index, unsigned *lanes, int *is_supported)
{
    for (unsigned i = 0; i <= index; i++)
        if (!scrypt_kernels[i])
            return NULL;
    *lanes = scrypt_kernels[index]->lanes;
    *is_supported = scrypt_kernels[index]->is_supported();
    return scrypt_kernels[index]->name;
}

/* A scratchpad of `bytes`; from 2 MiB on, on whole huge pages where they are wanted and the system has them. Null
 * without memory. */
static void *map_scratchpad(size_t bytes, int wants_huge_pages, size_t *mapped)
{
    const size_t room = wants_huge_pages && bytes >= HUGE_PAGE_BYTES ? HUGE_PAGE_BYTES : 0;
    uint8_t *const from = mmap(NULL, bytes + room, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (from == MAP_FAILED)
        return NULL;
    *mapped = bytes;
    if (!room) {
#ifdef MADV_NOHUGEPAGE
        if (!wants_huge_pages)
            madvise(from, bytes, MADV_NOHUGEPAGE);
#endif
        return from;
    }
    const size_t before = -(uintptr_t)from & (HUGE_PAGE_BYTES - 1);
    if (before)
        munmap(from, before);
    munmap(from + before + bytes, room - before);
#ifdef MADV_HUGEPAGE
    madvise(from + before, bytes, MADV_HUGEPAGE);
#endif
    return from + before;
}

/* Give the machine the fastest kernel that this CPU has, that is not wider than wanted, and whose memory is there. */
static int equip(struct machine *machine, unsigned most_lanes, uint64_t memory_bytes, int wants_huge_pages)
{
    for (size_t i = 0; scrypt_kernels[i]; i++) {
        const struct scrypt_kernel *const kernel = scrypt_kernels[i];
        const uint64_t bytes = BLOCK_BYTES * machine->n * kernel->lanes; /* at most 2^31: see MAX_N and MAX_LANES */
        if (kernel->lanes > most_lanes || !kernel->is_supported())
            continue;
        if (bytes > memory_bytes || bytes > SIZE_MAX / 2) {
            snprintf(reason, sizeof reason, "its scratchpad needs %" PRIu64 " bytes, and %" PRIu64 " are free", bytes,
                     memory_bytes);
            continue;
        }
        machine->scratchpad = map_scratchpad((size_t)bytes, wants_huge_pages, &machine->mapped);
        if (machine->scratchpad) {
            machine->kernel = kernel;
            return 1;
        }
        snprintf(reason, sizeof reason, "the system has no %" PRIu64 " bytes for its scratchpad", bytes);
    }
    return 0;
}

void mc_scrypt_destroy(struct machine *machine)
{
    if (!machine)
        return;
    munmap(machine->scratchpad, machine->mapped);
    free(machine);
}

/* A machine for `n`, or null: mc_scrypt_reason() says why. `most_lanes`: the most headers at once, 0 for what is
 * fastest. `memory_bytes`: the most memory to take. `wants_huge_pages`: scratchpads on them where they are large. */
struct machine *mc_scrypt_create(uint64_t n, int most_lanes, uint64_t memory_bytes, int wants_huge_pages)
{
    if (n < 2 || n > MAX_N || n & (n - 1)) {
        snprintf(reason, sizeof reason, "N is %" PRIu64 ", not a power of two from 2 to %d", n, MAX_N);
        return NULL;
    }
    struct machine *const machine = calloc(1, sizeof *machine);
    if (!machine) {
        snprintf(reason, sizeof reason, "the system has no memory for a machine");
        return NULL;
    }
    machine->n = n;
    if (!equip(machine, most_lanes > 0 ? (unsigned)most_lanes : MAX_LANES, memory_bytes, wants_huge_pages)) {
        free(machine);
        return NULL;
    }
    return machine;
}

const char *mc_scrypt_kernel_name(const struct machine *machine)
{
    return machine->kernel->name;
}

/* How many headers the machine hashes at once. */
unsigned mc_scrypt_lanes(const struct machine *machine)
{
    return machine->kernel->lanes;
}

/* Where the scratchpad lies. */
const void *mc_scrypt_scratchpad(const struct machine *machine)
{
    return machine->scratchpad;
}

/* The hash of one header, computed in a lane of the machine: the lanes before it have the nonces before it. */
void mc_scrypt_hash(struct machine *machine, const uint8_t header[HEADER_BYTES], unsigned lane,
                    uint8_t hash[HASH_BYTES])
{
    struct scrypt_header prepared;
    uint8_t hashes[MAX_LANES][HASH_BYTES]; /* those of the machine may hold a candidate of its scan */
    const uint32_t nonce = turn_bytes(load_big_endian(header + NONCE_OFFSET));
    const unsigned used = lane % machine->kernel->lanes;
    scrypt_prepare(&prepared, header);
    machine->kernel->hash(&prepared, nonce - used, machine->n, machine->scratchpad, hashes);
    memcpy(hash, hashes[used], HASH_BYTES);
}

/* For tests: scryptROMix [5] of 128 bytes, in place. */
void mc_scrypt_mix(struct machine *machine, uint8_t bytes[BLOCK_BYTES])
{
    uint32_t block[BLOCK_WORDS];
    for (int i = 0; i < BLOCK_WORDS; i++)
        block[i] = turn_bytes(load_big_endian(bytes + 4 * i));
    scrypt_portable_mix(block, machine->n, machine->scratchpad);
    for (int i = 0; i < BLOCK_BYTES; i++)
        bytes[i] = (uint8_t)(block[i / 4] >> 8 * (i % 4));
}
