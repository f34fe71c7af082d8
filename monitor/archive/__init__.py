"""Years of archive: read on all cores of this machine or on a Dask cluster, into Parquet, history and backtests."""
