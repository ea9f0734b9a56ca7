/* PBKDF2-HMAC-SHA256 with one iteration (RFC 7914, step 1 and step 3), for this one shape of input: the password is
 * the 80-byte header, and so is the first salt. All lengths are known, so all padding is constant: 16 blocks of SHA-256
 * for a hash, and one for a header. */
#include "scrypt.h"

#include <string.h>

void scrypt_prepare(struct scrypt_header *header, const uint8_t bytes[HEADER_BYTES])
{
    for (int i = 0; i < HEADER_WORDS - 1; i++)
        header->words[i] = load_big_endian(bytes + 4 * i);
    scrypt_sha256_start(header->midstate);
    scrypt_sha256_block(header->midstate, header->words);
}

/* HMAC's two starts. A key over 64 bytes is hashed first (RFC 2104). */
static void start_hmac(const struct scrypt_header *header, uint32_t nonce_word, struct scrypt_pads *pads)
{
    uint32_t key[8];
    const uint32_t rest[16] = {header->words[16], header->words[17], header->words[18], nonce_word, PADDING,
                               [15] = HEADER_BITS};
    memcpy(key, header->midstate, sizeof key);
    scrypt_sha256_block(key, rest);
    uint32_t inner[16], outer[16];
    for (int i = 0; i < 16; i++) {
        const uint32_t word = i < 8 ? key[i] : 0;
        inner[i] = word ^ INNER_PAD;
        outer[i] = word ^ OUTER_PAD;
    }
    scrypt_sha256_start(pads->inner);
    scrypt_sha256_block(pads->inner, inner);
    scrypt_sha256_start(pads->outer);
    scrypt_sha256_block(pads->outer, outer);
}

/* The outer hash over the digest of the inner one; the result replaces `digest`. */
static void finish_hmac(const struct scrypt_pads *pads, uint32_t digest[8])
{
    uint32_t last[16] = {[8] = PADDING, [15] = PAD_BITS + DIGEST_BITS};
    memcpy(last, digest, DIGEST_BITS / 8);
    memcpy(digest, pads->outer, DIGEST_BITS / 8);
    scrypt_sha256_block(digest, last);
}

/* Step 1: 128 bytes of the header with this nonce, as the little-endian words that are mixed. */
void scrypt_expand(const struct scrypt_header *header, uint32_t nonce, struct scrypt_pads *pads,
                   uint32_t block[BLOCK_WORDS])
{
    const uint32_t nonce_word = turn_bytes(nonce);
    start_hmac(header, nonce_word, pads);
    uint32_t salted[8];
    memcpy(salted, pads->inner, sizeof salted);
    scrypt_sha256_block(salted, header->words);
    for (uint32_t part = 0; part < BLOCK_WORDS / 8; part++) {
        const uint32_t rest[16] = {header->words[16], header->words[17], header->words[18], nonce_word, part + 1,
                                   PADDING, [15] = PAD_BITS + HEADER_BITS + INDEX_BITS};
        uint32_t digest[8];
        memcpy(digest, salted, sizeof digest);
        scrypt_sha256_block(digest, rest);
        finish_hmac(pads, digest);
        for (int i = 0; i < 8; i++)
            block[8 * part + i] = turn_bytes(digest[i]);
    }
}

/* Step 3: 32 bytes, with the mixed block as the salt. */
void scrypt_extract(const struct scrypt_pads *pads, const uint32_t block[BLOCK_WORDS], uint8_t hash[HASH_BYTES])
{
    uint32_t digest[8], words[BLOCK_WORDS];
    const uint32_t rest[16] = {1, PADDING, [15] = PAD_BITS + BLOCK_BYTES * 8 + INDEX_BITS};
    for (int i = 0; i < BLOCK_WORDS; i++)
        words[i] = turn_bytes(block[i]);
    memcpy(digest, pads->inner, sizeof digest);
    scrypt_sha256_block(digest, words);
    scrypt_sha256_block(digest, words + 16);
    scrypt_sha256_block(digest, rest);
    finish_hmac(pads, digest);
    for (int i = 0; i < HASH_BYTES; i++)
        hash[i] = (uint8_t)(digest[i / 4] >> (24 - 8 * (i % 4)));
}
