"""The speed of extraction and the start of a command, as ratios of one run: absolute figures differ from machine to machine."""
