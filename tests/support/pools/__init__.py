"""A Stratum pool on loopback that behaves like the pool types of the behaviour matrix, with real share checking.

`TestPool` (pool) is what tests use; `presets` are the types, `FaultKind` (faults) what can go wrong, `records` what a
pool has seen.
"""
