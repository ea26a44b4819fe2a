"""`python cli.py ...` is the same as `trustpolicy ...`, from a checkout; it is not packaged."""

import sys

from policyengine.commands.main import main

if __name__ == "__main__":
    sys.exit(main())
