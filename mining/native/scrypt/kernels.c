/* The table of kernels, the fastest first. The last one runs everywhere. */
#include "scrypt.h"

const struct scrypt_kernel *const scrypt_kernels[] = {
#if defined(__x86_64__)
    &scrypt_avx512, &scrypt_avx2,
#endif
#if defined(__x86_64__) || defined(__aarch64__)
    &scrypt_rows,
#endif
    &scrypt_portable, NULL};
