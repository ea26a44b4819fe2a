"""`python -m policyengine ...` is the same as `trustpolicy ...`."""

import sys

from policyengine.commands.main import main

if __name__ == "__main__":
    sys.exit(main())
