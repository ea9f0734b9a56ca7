"""The engine: Supervisor, Host, Core workers and Verifier of one Node."""
