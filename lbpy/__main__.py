"""`python -m lbpy` is the command line. Names it only, since nothing in the core knows a leaf."""

import runpy

runpy.run_module("lbpy.cli", run_name="__main__", alter_sys=True)
