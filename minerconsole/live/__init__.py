"""The live stream `/ws/v1/live`: Frames and events to pages, in one-slot mailboxes (docs/PROTOCOLS.md)."""
