/* The hot loop of a Core worker: start an input, count the hash of the one before, look at the board.
 *
 * Why C: after each RandomX hash the caches hold the scratchpad, and a round of the same loop in Python comes from
 * memory again; measured, that costs about two percent. The words and their meaning are those of engine/boards.py; the
 * stores come in the same order as in worker.py: the cursor before the hash starts.
 */
#define _POSIX_C_SOURCE 199309L
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <time.h>

typedef void (*next_function)(void *machine, const void *input, size_t size, void *output);
typedef void (*commitment_function)(const void *input, size_t size, const void *hash, void *commitment);

enum { CURSOR = 0, HASHES = 1, LAST_HASH_NS = 2, BEAT_NS = 3, CPU_NS = 10, XOR = 11, FIRST_HASH_NS = 15 };
enum { ENDED = 0, CANDIDATE = 1, REST = 2 };
enum { MAX_BLOB = 512 };

struct hash_loop {
    volatile uint64_t *board;
    volatile uint64_t *row;
    next_function next;
    commitment_function commitment; /* rx/2 only, else null */
    void *machine;
    unsigned char *blob;
    uint64_t *hash;   /* 4 words: what `next` gives */
    uint64_t *result; /* 4 words: what is compared with the target; equals `hash` without a commitment */
    uint64_t blob_bytes, nonce_offset, nonce_bytes;
    uint64_t generation_at, command_at, intensity_at;
    uint64_t generation, command, intensity;
    uint64_t cursor, end;
    uint64_t in_flight; /* the nonce whose hash the next call returns */
    uint64_t done;      /* the nonce whose hash stands in `result` */
    uint64_t target_top;
    uint64_t cpu_every_ns, cpu_at_ns;
};

static uint64_t now_ns(clockid_t clock)
{
    struct timespec at;
    clock_gettime(clock, &at);
    return (uint64_t)at.tv_sec * 1000000000u + (uint64_t)at.tv_nsec;
}

static void put_nonce(unsigned char *blob, const struct hash_loop *loop, uint64_t nonce)
{
    for (uint64_t i = 0; i < loop->nonce_bytes; i++)
        blob[loop->nonce_offset + i] = (unsigned char)(nonce >> (8 * i));
}

/* Hash until the lease ends or the board changes (ENDED), a result may meet the target (CANDIDATE), or, below full
 * intensity, after each hash (REST). Something must be in flight for this very generation. */
int minerconsole_hash_loop(struct hash_loop *loop)
{
    volatile uint64_t *board = loop->board, *row = loop->row;
    unsigned char before[MAX_BLOB];
    while (loop->cursor < loop->end && board[loop->generation_at] == loop->generation &&
           board[loop->command_at] == loop->command && board[loop->intensity_at] == loop->intensity) {
        put_nonce(loop->blob, loop, loop->cursor);
        row[CURSOR] = loop->cursor + 1;
        loop->next(loop->machine, loop->blob, loop->blob_bytes, loop->hash);
        loop->done = loop->in_flight;
        loop->in_flight = loop->cursor++;
        uint64_t now = now_ns(CLOCK_MONOTONIC);
        row[HASHES]++;
        if (!row[FIRST_HASH_NS])
            row[FIRST_HASH_NS] = now;
        row[LAST_HASH_NS] = now;
        row[BEAT_NS] = now;
        if (now - loop->cpu_at_ns > loop->cpu_every_ns) {
            loop->cpu_at_ns = now;
            row[CPU_NS] = now_ns(CLOCK_THREAD_CPUTIME_ID);
        }
        if (loop->commitment) {
            memcpy(before, loop->blob, loop->blob_bytes);
            put_nonce(before, loop, loop->done);
            loop->commitment(before, loop->blob_bytes, loop->hash, loop->result);
        }
        row[XOR] ^= loop->result[3];
        if (loop->result[3] <= loop->target_top)
            return CANDIDATE;
        if (loop->intensity < 100)
            return REST;
    }
    return ENDED;
}
