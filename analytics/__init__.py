"""The scheduled stage: facts and sales become visits, joins, metrics, segments, forecasts and a report."""
