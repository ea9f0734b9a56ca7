"""The Django project: wiring only. What it wires lives in `mining`."""
