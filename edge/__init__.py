"""The camera process: from pictures to immutable facts in one SQLite file."""
