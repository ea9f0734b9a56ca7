"""`python -m mining.native.scrypt_selftest PATH [LANES]`: prints what is wrong with a Scrypt kernel, or nothing.

PATH is the shared object; its fastest kernel of at most so many lanes is tried.
"""

from __future__ import annotations

import sys

from mining.native.scrypt_kernel import ScryptKernel


def main() -> int:
    """Compute the known answer; a process of its own, because a wrong kernel may crash."""
    most_lanes = int(sys.argv[2]) if len(sys.argv) > 2 else 0
    print(ScryptKernel(sys.argv[1]).unavailable_reason(most_lanes))
    return 0


if __name__ == "__main__":
    sys.exit(main())
