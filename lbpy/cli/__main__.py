"""Runs the command line where the package is called as a module."""

from . import main

main(prog_name="python -m lbpy")
