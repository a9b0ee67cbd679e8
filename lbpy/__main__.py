"""`python -m lbpy`: the same as the command `lbpy`."""

from .cli import main

if __name__ == "__main__":
    main()
