"""``python benchmarks/edge.py``: how fast and how small the edge is; all of it is in ``edge_speed.py``.

Python looks for modules beside a script first. There this file would stand in the way of the package of the same name,
for itself and for every other script of the folder: so it takes the folder off the path, and where it was loaded
instead of the package, it makes room for it.
"""

from __future__ import annotations

import sys
from importlib import import_module
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path[:] = [place for place in sys.path if Path(place).resolve() != HERE]
if __name__ == "edge":
    del sys.modules[__name__]
    import_module(__name__)
elif __name__ == "__main__":
    sys.exit(import_module("benchmarks.edge_speed").main())
