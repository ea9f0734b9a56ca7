"""What the web process knows of Nodes far away, now: one subscriber of the broker, one feed for each Node."""
