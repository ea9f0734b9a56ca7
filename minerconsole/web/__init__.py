"""The web peer: one process that serves the console beside the Supervisor, on loopback unless told otherwise."""
