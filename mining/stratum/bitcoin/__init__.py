"""The Stratum V1 dialect for Scrypt coins (Litecoin, Dogecoin and their kin): subscription, jobs, headers and shares, in
both roles."""
