"""The Stratum V1 dialect for Scrypt coins (Litecoin, Dogecoin): subscription, jobs, headers, shares, in both roles."""
