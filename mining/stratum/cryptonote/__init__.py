"""The CryptoNote dialect (Monero and its kin): login, jobs, targets, nonces and shares, in both roles."""
