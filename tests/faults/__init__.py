"""The chaos suite: faults from outside and from inside, and tables that end as those of a clean run."""
