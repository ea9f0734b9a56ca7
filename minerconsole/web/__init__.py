"""The web peer: one process that serves the console, on a loopback address unless told otherwise, beside the Supervisor."""
