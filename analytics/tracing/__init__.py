"""Where a number comes from: computed again from the facts, with the queries that show it."""
