"""``python -m meeruit.worker``: the command ``meeruit``."""

from __future__ import annotations

import sys

if __name__ == "__main__":
    if not sys.flags.safe_path:
        del sys.path[0]  # the current folder: what lies there is the user's, and never imported

    from meeruit.worker.entry import main

    main()
