"""What is wrong with what was imported: rejects, gaps against opening hours, totals that do not agree."""
