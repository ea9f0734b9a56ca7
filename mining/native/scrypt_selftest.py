"""`python -m mining.native.scrypt_selftest PATH`: prints what is wrong with the Scrypt kernel at PATH, or nothing."""

from __future__ import annotations

import sys

from mining.native.scrypt_kernel import ScryptKernel


def main() -> int:
    """Compute the known answer; a process of its own, because a wrong kernel may crash."""
    print(ScryptKernel(sys.argv[1]).unavailable_reason)
    return 0


if __name__ == "__main__":
    sys.exit(main())
