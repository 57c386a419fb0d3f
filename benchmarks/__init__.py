"""Speed and memory, as ratios measured in one run: absolute figures differ from machine to machine."""
