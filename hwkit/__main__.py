"""`python -m hwkit` is the command line."""

from hwkit.cli import main

main()
