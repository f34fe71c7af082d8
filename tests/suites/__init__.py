"""Other parsers' test feeds with the values they expect: how far we agree, and why not where we do not."""
