"""What is known of a day from elsewhere: holidays, promotions, events, retail weeks, weather."""
