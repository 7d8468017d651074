"""The product beside its peers, on the same recorded detections: ``counting.py`` and ``tracking.py`` are to be run."""
