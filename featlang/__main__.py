"""`python -m featlang` is `feat`."""

from featlang.cli import main

main()
