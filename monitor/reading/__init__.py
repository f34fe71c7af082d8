"""What a story says: matching and direction. Plain data in, plain data out."""
