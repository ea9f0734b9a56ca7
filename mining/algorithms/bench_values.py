"""Check values of the benchmark, as xmrig defines them for two and more threads (order-free: XOR over all nonces).

Key: 32 zero bytes. Input: 112 zero bytes with the nonce (little-endian uint32) at 39. Per hash the value is bytes
24..31 of the result, little-endian; for rx/2 the result is the commitment. Source: xmrig 6.26 BenchState_test.h.
"""

from __future__ import annotations

SEED = bytes(32)
BLOB = bytes(112)
NONCE_OFFSET = 39

CHECK_VALUES: dict[str, dict[int, int]] = {
    "rx/0": {
        10_000: 0x4A597463865ACF0E,
        20_000: 0xC82B490C757DA738,
        250_000: 0x7D6054757BB08A63,
        500_000: 0x96607546DE1F5ECC,
        1_000_000: 0x898B6E0431C28A6B,
        2_000_000: 0xEE9468F8B40926BC,
        5_000_000: 0x3B5BD2C3A16B450E,
        10_000_000: 0xB5231262E2792B26,
    },
    "rx/2": {
        10_000: 0x57D2051D099613A4,
        20_000: 0x0BAE0155CC797F01,
        250_000: 0x18CF741A71484072,
        500_000: 0xCD8C3E6EC31B2FAE,
        1_000_000: 0x88D6B8FB70CD479D,
        2_000_000: 0x0E16828D236A1A63,
        5_000_000: 0x16D9C6286CB82251,
        10_000_000: 0x7EFBDDFF3F30FB74,
    },
}
