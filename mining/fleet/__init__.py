"""A fleet: many machines under one console. What runs on a node, and what both sides agree on. Knows no Django.

Control goes one way, as signed plans and commands through a broker (Redis) that nobody has to trust: a Node follows
only what the console signed whose key it pinned when its owner had it join (ADR 19).
"""
