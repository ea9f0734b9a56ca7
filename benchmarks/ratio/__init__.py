"""The parts of `peer_ratio.py`: two programs, what is read from them, and what may be concluded."""
