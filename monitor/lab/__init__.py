"""Commands that measure the rest: replay, evaluate, simulate, train."""
