"""Stratum without I/O: bytes in, frozen typed events out, and intents back into bytes.

Owns wire formats only. No socket, no clock, no randomness, no Django: deadlines, reconnects and back-off belong to the
session above. One sub-package per dialect; framing and the table of reasons serve them all.
"""
