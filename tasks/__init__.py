"""The work: pages in, canonical items out."""
