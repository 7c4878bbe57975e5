"""The kernel: its Java runtime, the generator of its specialised classes, and the toolchain that builds them."""
