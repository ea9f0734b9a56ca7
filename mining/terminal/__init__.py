"""What a person or a program sees of a running Node on a terminal: JSON lines, plain lines, the live view, its keys.

Takes events (contract: `--json` events) and Frames; knows nothing of Django, sockets or the engine, and never decides
anything about mining.
"""
