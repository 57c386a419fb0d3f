"""From bytes to text: encodings, and what kind of thing the bytes are."""
