"""Long runs against servers that misbehave, publishers that keep count, and processes that are killed."""
