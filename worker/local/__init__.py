"""One machine without a server: an embedded broker, and the supervisor that starts and restarts the parts of a command.

``parent`` ends a child with its parent, ``sandbox`` bounds what one page can cost a command.
"""
