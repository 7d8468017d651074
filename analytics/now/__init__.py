"""The running hour: what has happened so far, and what was expected by now."""
