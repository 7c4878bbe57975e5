"""Plan to something that runs: the reference, the kernel, and its hosts."""
