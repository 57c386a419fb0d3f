"""The mark of a file: it changes when the file does."""

from __future__ import annotations

from pathlib import Path

#: When it was changed, its size and its inode; None for none that is there.
Mark = tuple[int, int, int] | None


def mark_of(path: Path) -> Mark:
    """The mark of a file now."""
    try:
        stat = path.stat()
    except (OSError, ValueError):  # a name that no file can have
        return None
    return (stat.st_mtime_ns, stat.st_size, stat.st_ino)
