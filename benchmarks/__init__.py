"""Speed, measured side by side: figures that depend on the machine, and so are no tests. See README.md."""
