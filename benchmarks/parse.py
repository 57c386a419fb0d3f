"""The yardstick of HTML: ``python -m benchmarks.parse FILE`` says in how many seconds selectolax parses the pages of a file.

Nothing else is counted: not the reading of the file, and nothing is looked up in the trees.
"""

from __future__ import annotations

import json
import sys
import time
from pathlib import Path

from selectolax.lexbor import LexborHTMLParser


def main() -> None:
    """Print the seconds of processor time."""
    seconds = 0.0
    with Path(sys.argv[1]).open("rb") as lines:
        for line in lines:
            body = json.loads(line)["html"].encode()
            started = time.process_time()
            LexborHTMLParser(body)
            seconds += time.process_time() - started
    print(seconds)


if __name__ == "__main__":
    main()
