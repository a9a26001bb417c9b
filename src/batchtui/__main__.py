"""`python -m batchtui` is the `batchtui` command."""

import sys

from batchtui.cli.main import main

if __name__ == "__main__":
    sys.exit(main())
