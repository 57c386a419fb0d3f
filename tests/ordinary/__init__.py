"""Made-up pages of the ordinary web, none of which holds a block of items: the product finds nothing on them."""

from __future__ import annotations
