"""C sources of the hot loops, and how they become a shared object. Everything works without them, slower."""
