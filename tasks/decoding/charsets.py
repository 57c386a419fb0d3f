"""The names of encodings, as the WHATWG Encoding Standard lists them (section 4.2), and the codec of each.

The list is that of ``webencodings``. Labels that Python knows and browsers do not (``base64``, ``rot13``) mean nothing here.
"""

from __future__ import annotations

from codecs import CodecInfo
from functools import lru_cache

from webencodings import lookup


@lru_cache(maxsize=256)
def encoding_of(label: str) -> str | None:
    """The encoding that ``label`` names, or None for a label that browsers do not know."""
    found = lookup(label) if label.isascii() else None
    return str(found.name) if found else None


def codec_of(name: str) -> CodecInfo:
    """The codec of an encoding. GBK is read as the larger GB18030, as the standard says."""
    codec: CodecInfo = lookup("gb18030" if name == "gbk" else name).codec_info
    return codec
