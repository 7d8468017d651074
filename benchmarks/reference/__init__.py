"""Published results reached again: ``python -m benchmarks.reference [PART ...]``, or ``make reference`` for all.

The data are not part of the project; their place comes from ``FOOTFALL_SHARED``.
"""
