/* Drives all Scrypt kernels that this CPU has with random inputs, for the sanitizers and valgrind. Each line on standard
 * output: kernel, N, header, hash, with a tab between them. Arguments: where the chance begins, the highest power of N. */
#include "scrypt.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void print(const struct machine *machine, const uint8_t *header, const uint8_t *hash)
{
    printf("%s\t%d\t", mc_scrypt_kernel_name(machine), (int)machine->n);
    for (int i = 0; i < HEADER_BYTES; i++)
        printf("%02x", header[i]);
    printf("\t");
    for (int i = 0; i < HASH_BYTES; i++)
        printf("%02x", hash[i]);
    printf("\n");
}

/* Scan nonces of up to two groups, the last of all among them, all of which are candidates. */
static void scan_all(struct machine *machine, uint8_t *header)
{
    uint64_t board[3] = {0}, row[16] = {0};
    const uint64_t first = ((uint64_t)1 << 32) - 1 - (uint64_t)(rand() % (2 * MAX_LANES));
    struct scan scan = {.board = board, .row = row, .machine = machine, .header = header, .command_at = 1,
                        .intensity_at = 2, .cursor = first, .end = (uint64_t)1 << 32};
    memset(scan.target, 0xff, sizeof scan.target);
    while (mc_scrypt_scan(&scan) == 1) {
        for (int i = 0; i < 4; i++)
            header[NONCE_OFFSET + i] = (uint8_t)(scan.nonce >> 8 * i);
        print(machine, header, scan.result);
    }
    if (row[1] != scan.end - first)
        abort();
}

/* Each N up to 2^highest by this kernel. */
static void hash_each_n(unsigned lanes, int highest, uint8_t *header, uint8_t *hash)
{
    for (int power = 1; power <= highest; power++) {
        struct machine *const machine = mc_scrypt_create((uint64_t)1 << power, (int)lanes, UINT64_MAX, rand() % 2);
        if (!machine)
            abort();
        for (int i = 0; i < HEADER_BYTES; i++)
            header[i] = (uint8_t)rand();
        mc_scrypt_hash(machine, header, (unsigned)rand(), hash);
        print(machine, header, hash);
        if (power < 11)
            scan_all(machine, header);
        mc_scrypt_destroy(machine);
    }
}

int main(int count, char **arguments)
{
    /* Exactly as large as they must be, on the heap, so that a byte too far is seen. */
    uint8_t *const header = malloc(HEADER_BYTES), *const hash = malloc(HASH_BYTES);
    unsigned lanes;
    int is_supported;
    srand(count > 1 ? (unsigned)atoi(arguments[1]) : 1);
    for (unsigned i = 0; mc_scrypt_kernel_at(i, &lanes, &is_supported); i++)
        if (is_supported)
            hash_each_n(lanes, count > 2 ? atoi(arguments[2]) : 15, header, hash);
    for (int i = 0; i < 1000; i++) {
        const uint64_t n = (uint64_t)rand() << (rand() % 40);
        mc_scrypt_destroy(mc_scrypt_create(n, rand() % 20 - 2, (uint64_t)rand() % 4096, rand() % 2));
    }
    free(header);
    free(hash);
    return 0;
}
