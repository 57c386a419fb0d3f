"""Tabs of a real Chromium, which note what goes wrong in them."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

_CHECKS = (Path(__file__).parent / "checks.js").read_text()


def chromium() -> str:
    """The browser that is installed. Without one the test is skipped, with what to install; for CI that is a fault."""
    found = os.environ.get("CHROMIUM") or next(
        filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None
    )
    why = "no Chromium is installed: apt-get install chromium, or name one in CHROMIUM"
    if found is None and not os.environ.get("CI"):  # make test needs Python, git and make alone
        pytest.skip(why)
    assert found, why
    return found


@dataclass
class Visit:
    """A tab, and what went wrong in it."""

    page: Page
    faults: list[str] = field(default_factory=list)


def tab(browser: Browser, url: str, **options: Any) -> Visit:
    """A tab; whatever a console, a request elsewhere or a dialog says is a fault."""
    made = Visit(browser.new_context(base_url=url, **options).new_page())
    made.page.on("console", lambda said: made.faults.append(said.text))
    made.page.on("pageerror", lambda error: made.faults.append(str(error)))
    made.page.on("dialog", lambda dialog: made.faults.append(f"dialog {dialog.message}"))
    made.page.on("request", lambda asked: None if asked.url.startswith(url) else made.faults.append(asked.url))
    made.page.add_init_script(_CHECKS)
    return made


#: Opens a tab, with what Playwright calls options of a context.
Visits = Callable[..., Visit]
