/* The hot loop of a Core worker that mines Scrypt: hash a group of headers, count it, look at its hashes and the board.
 *
 * The words and their meaning are those of engine/boards.py, as in hash_loop.c; the cursor is stored before the hashes
 * start. Nothing is in flight between two calls: each group is finished, counted and looked through.
 */
#define _POSIX_C_SOURCE 199309L
#include "scrypt.h"

#include <string.h>
#include <time.h>

enum { CURSOR = 0, HASHES = 1, LAST_HASH_NS = 2, BEAT_NS = 3, CPU_NS = 10, XOR = 11, FIRST_HASH_NS = 15 };
enum { ENDED = 0, CANDIDATE = 1, REST = 2 };

static uint64_t now_ns(clockid_t clock)
{
    struct timespec at;
    clock_gettime(clock, &at);
    return (uint64_t)at.tv_sec * 1000000000u + (uint64_t)at.tv_nsec;
}

/* Word `index` of a hash that is read as a little-endian number of 256 bits. */
static uint64_t word_of(const uint8_t hash[HASH_BYTES], int index)
{
    uint64_t word = 0;
    for (int i = 7; i >= 0; i--)
        word = word << 8 | hash[8 * index + i];
    return word;
}

static int meets(const uint8_t hash[HASH_BYTES], const uint64_t target[4])
{
    for (int i = 3; i >= 0; i--) {
        const uint64_t word = word_of(hash, i);
        if (word != target[i])
            return word < target[i];
    }
    return 1;
}

/* Count the group that has just been hashed. */
static void count(struct scan *scan)
{
    volatile uint64_t *const row = scan->row;
    const uint64_t now = now_ns(CLOCK_MONOTONIC);
    row[HASHES] += scan->unchecked;
    if (!row[FIRST_HASH_NS])
        row[FIRST_HASH_NS] = now;
    row[LAST_HASH_NS] = now;
    row[BEAT_NS] = now;
    if (now - scan->cpu_at_ns > scan->cpu_every_ns) {
        scan->cpu_at_ns = now;
        row[CPU_NS] = now_ns(CLOCK_THREAD_CPUTIME_ID);
    }
    uint64_t tops = 0;
    for (uint64_t i = 0; i < scan->unchecked; i++)
        tops ^= word_of(scan->machine->hashes[i], 3);
    row[XOR] ^= tops;
}

static void hash_group(struct scan *scan, const struct scrypt_header *header)
{
    struct machine *const machine = scan->machine;
    const uint64_t left = scan->end - scan->cursor, first = scan->cursor;
    machine->group = left < machine->kernel->lanes ? left : machine->kernel->lanes;
    scan->cursor = first + machine->group;
    scan->row[CURSOR] = scan->cursor;
    machine->kernel->hash(header, (uint32_t)first, machine->n, machine->scratchpad, machine->hashes);
    scan->unchecked = machine->group;
    count(scan);
}

/* Look at the hashes of the group that are left, up to one that meets the target. */
static int find_candidate(struct scan *scan)
{
    while (scan->unchecked) {
        const uint8_t *const hash = scan->machine->hashes[scan->machine->group - scan->unchecked];
        const uint64_t nonce = scan->cursor - scan->unchecked--;
        if (meets(hash, scan->target)) {
            scan->nonce = nonce;
            memcpy(scan->result, hash, HASH_BYTES);
            return 1;
        }
    }
    return 0;
}

/* Hash until the range ends or the board changes (ENDED), a hash meets the target (CANDIDATE; call again with the same
 * structure, even when the board has changed: the group may hold another), or, below full intensity, after each group
 * (REST). */
int mc_scrypt_scan(struct scan *scan)
{
    const volatile uint64_t *const board = scan->board;
    struct scrypt_header header;
    scrypt_prepare(&header, scan->header);
    if (find_candidate(scan))
        return CANDIDATE;
    while (scan->cursor < scan->end && board[scan->generation_at] == scan->generation &&
           board[scan->command_at] == scan->command && board[scan->intensity_at] == scan->intensity) {
        hash_group(scan, &header);
        if (find_candidate(scan))
            return CANDIDATE;
        if (scan->intensity < 100)
            return REST;
    }
    return ENDED;
}
