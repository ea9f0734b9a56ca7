/* The table of kernels, the fastest first. The last one runs everywhere. */
#include "scrypt.h"

const struct scrypt_kernel *const scrypt_kernels[] = {&scrypt_portable, NULL};
