"""A Stratum pool on loopback that behaves like the pool types of the behaviour matrix, with real share checking.

`TestPool` (pool) is what tests use; `presets` are the types, `FaultKind` (faults) what can go wrong, `records` what a
pool has seen. The package `v1` holds the same for Stratum V1 (`V1TestPool`); sockets, faults, records and controls
(`sockets`, `connection`, `mischief`, `book`, `running`) are shared.
"""
