"""What an entry is: clean text, identity, revisions."""
