"""The English reader: from the words of a story to its direction, by operators over a lexicon kept as data."""
