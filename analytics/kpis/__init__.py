"""Every indicator by hour, day, till, zone, weather, ..., with what it is made of and how sure it is."""
