"""Facts and sales as Parquet, one file per month."""
