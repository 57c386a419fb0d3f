"""``python -m meeruit.worker``: the command ``meeruit``."""

from __future__ import annotations

from meeruit.worker.cli import main

if __name__ == "__main__":
    main()
