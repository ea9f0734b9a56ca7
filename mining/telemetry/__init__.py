"""Rates, Frames and totals: what a Node says of itself."""
