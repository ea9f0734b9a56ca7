"""The miner: algorithms, engine, job sources, hardware and telemetry. Importing it imports no Django."""

__version__ = "0.1.0"
