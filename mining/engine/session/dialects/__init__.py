"""The dialects of pools behind one session: `base` is what the session knows, `choice` picks by the pool's profile."""
