"""Data-set indexes: what a network does on every image of a data set, as Parquet files in a folder."""
