"""``python -m analytics.cli``."""

import sys

from . import main

sys.exit(main())
