"""Mining on one's own daemon: building blocks (pure), talking to monerod, and the job source made of both."""
