"""Which stories report one happening. Plain data in, plain data out."""
