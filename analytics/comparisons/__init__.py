"""Is it different, or is it chance: comparisons with their statistics, in words and numbers."""
