"""Stratum V1 pools for Scrypt on loopback, with real share checking: `V1TestPool` (pool) and its `presets`."""
