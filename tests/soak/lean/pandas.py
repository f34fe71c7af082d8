"""Stands before a pandas that a developer may have: the service does not need it, and loading it costs most of a second."""

raise ImportError("left out of the trial")
