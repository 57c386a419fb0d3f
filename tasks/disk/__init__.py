"""Files and lines: what the command line names becomes raw pages."""
