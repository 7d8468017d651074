"""``python -m edge.cli``: the same as ``footfall-edge``."""

import sys

from . import main

sys.exit(main())
