"""One machine without a server: the embedded broker, and the processes that a command runs for itself."""
