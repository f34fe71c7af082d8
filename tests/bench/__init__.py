"""Cost of the monitor, measured against what one would use instead."""
