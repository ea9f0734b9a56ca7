/* Drives the Scrypt kernels with random inputs, for the sanitizers. Each line on standard output: N, header, hash. */
#include "scrypt.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void print(uint64_t n, const uint8_t *header, const uint8_t *hash)
{
    printf("%d ", (int)n);
    for (int i = 0; i < HEADER_BYTES; i++)
        printf("%02x", header[i]);
    printf(" ");
    for (int i = 0; i < HASH_BYTES; i++)
        printf("%02x", hash[i]);
    printf("\n");
}

/* Scan a few nonces, the last of all among them, all of which are candidates. */
static void scan_all(struct machine *machine, uint8_t *header)
{
    uint64_t board[3] = {0}, row[16] = {0};
    const uint64_t first = ((uint64_t)1 << 32) - 1 - (uint64_t)(rand() % 9);
    struct scan scan = {.board = board, .row = row, .machine = machine, .header = header, .command_at = 1,
                        .intensity_at = 2, .cursor = first, .end = (uint64_t)1 << 32};
    memset(scan.target, 0xff, sizeof scan.target);
    while (mc_scrypt_scan(&scan) == 1) {
        for (int i = 0; i < 4; i++)
            header[NONCE_OFFSET + i] = (uint8_t)(scan.nonce >> 8 * i);
        print(machine->n, header, scan.result);
    }
    if (row[1] != scan.end - first)
        abort();
}

int main(int count, char **arguments)
{
    /* Exactly as large as they must be, on the heap, so that a byte too far is seen. */
    uint8_t *const header = malloc(HEADER_BYTES), *const hash = malloc(HASH_BYTES);
    srand(count > 1 ? (unsigned)atoi(arguments[1]) : 1);
    for (int power = 0; power <= 15; power++) {
        struct machine *const machine = mc_scrypt_create((uint64_t)1 << power, rand() % 6, UINT64_MAX, rand() % 2);
        if (!machine)
            continue;
        for (int i = 0; i < HEADER_BYTES; i++)
            header[i] = (uint8_t)rand();
        mc_scrypt_hash(machine, header, (unsigned)rand(), hash);
        print(machine->n, header, hash);
        if (power < 11)
            scan_all(machine, header);
        mc_scrypt_destroy(machine);
    }
    for (int i = 0; i < 1000; i++) {
        const uint64_t n = (uint64_t)rand() << (rand() % 40);
        mc_scrypt_destroy(mc_scrypt_create(n, rand() % 20 - 2, (uint64_t)rand() % 4096, rand() % 2));
    }
    free(header);
    free(hash);
    return 0;
}
