"""What a person looks at in a browser: the report as one self-contained page, or the same served live."""
