"""Job sources: where work comes from and where shares go. One file per kind of source."""
