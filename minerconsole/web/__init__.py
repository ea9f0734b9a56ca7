"""The web peer: one process that serves the console on a loopback address, beside the Supervisor."""
