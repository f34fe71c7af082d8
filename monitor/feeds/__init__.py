"""Asking publishers: fetch, guard (what may be fetched), parse, pace (when to ask next)."""
