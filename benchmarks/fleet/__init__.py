"""Parts of `fleet_load.py`: simulated Nodes, the real console beside them, and what it costs."""
