"""Proof-of-work algorithms: the registry, bindings, self-tests and benchmark values."""
