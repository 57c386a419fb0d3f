"""Servers that do what no server should, and how each has to end."""

from __future__ import annotations

import gzip
import zlib
from dataclasses import dataclass

import brotli

from meeruit.tasks import zstd
from meeruit.tasks.errors import PageError, TryAgain, Unreadable
from tests.web.site import Misbehaviour, answer, endless, reset, sending, silence, zipped

MIB = 1 << 20
HEAD = b"HTTP/1.1 200 OK\r\n"
PAGE = b"<p>page</p>"


@dataclass(frozen=True, slots=True)
class Case:
    """What a server sends, and the outcome: the body, or the error and its words."""

    sends: bytes | Misbehaviour
    ends: bytes | tuple[type[PageError], str]


def bomb(size: int) -> bytes:
    """So many zero bytes, packed with gzip: one packed MiB over and over, and an end that nobody gets to."""
    packer = zlib.compressobj(1, zlib.DEFLATED, 31)
    head = packer.flush(zlib.Z_FULL_FLUSH)
    packed = packer.compress(bytes(MIB)) + packer.flush(zlib.Z_FULL_FLUSH)
    return head + packed * (size // MIB) + packer.flush()


def coded(coding: str, body: bytes) -> bytes:
    return answer(body, f"Content-Encoding: {coding}")


def chunked(*chunks: bytes, head: bytes = HEAD) -> bytes:
    return head + b"Transfer-Encoding: chunked\r\n\r\n" + b"".join(chunks)


BOMB = bomb(200 * MIB)
PACKED = gzip.compress(PAGE * 1000)
#: The head of a frame whose window is 2 GB, and one block of three bytes.
WIDE = b"\x28\xb5\x2f\xfd\x00\xa8\x19\x00\x00abc"
CLOSE = HEAD + b"Connection: close\r\n\r\n"

CASES: dict[str, Case] = {
    # 40-45: encodings
    "a gzip bomb of 200 MB": Case(coded("gzip", BOMB), (Unreadable, "too large: ")),
    "a gzip bomb in chunks": Case(
        chunked(b"%x\r\n%b\r\n0\r\n\r\n" % (len(BOMB), BOMB), head=HEAD + b"Content-Encoding: gzip\r\n"),
        (Unreadable, "too large: "),
    ),
    "brotli": Case(coded("br", brotli.compress(PAGE * 1000)), PAGE * 1000),
    "brotli cut off": Case(coded("br", b"\x8b\x05\x80"), (TryAgain, "broken br")),
    "a brotli bomb of 200 MB": Case(
        coded("br", brotli.compress(bytes(200 * MIB), quality=1)), (Unreadable, "too large: ")
    ),
    "zstd": Case(coded("zstd", zstd.compress(PAGE * 1000)), PAGE * 1000),
    "zstd cut off": Case(coded("zstd", zstd.compress(PAGE * 1000)[:-9]), (TryAgain, "broken zstd: it ends too early")),
    "a zstd bomb of 200 MB": Case(coded("zstd", zstd.compress(bytes(200 * MIB))), (Unreadable, "too large: ")),
    "zstd that asks for a window of 2 GB": Case(coded("zstd", WIDE), (TryAgain, "broken zstd")),
    "deflate": Case(coded("deflate", zlib.compress(PAGE)), PAGE),
    "raw deflate": Case(coded("deflate", zlib.compress(PAGE, wbits=-15)), PAGE),
    "a coding that nobody knows how to undo": Case(coded("compress", PAGE), (Unreadable, "refused Content-Encoding")),
    "gzip in gzip": Case(
        coded("gzip, gzip", gzip.compress(PACKED)), (Unreadable, "refused Content-Encoding 'gzip, gzip'")
    ),
    "an encoding without a name": Case(coded("\xe9\xe9 x", PAGE), PAGE),
    "an encoding of characters": Case(coded("UTF-8", PAGE), PAGE),
    "none": Case(coded("none", PAGE), PAGE),
    "binary": Case(coded("binary", PAGE), PAGE),
    "a gzip cut off": Case(coded("gzip", PACKED[:-40]), (TryAgain, "broken gzip: it ends too early")),
    "a gzip without its checksum": Case(coded("gzip", PACKED[:-1]), (TryAgain, "broken gzip: it ends too early")),
    "a gzip with a wrong checksum": Case(coded("gzip", PACKED[:-8] + b"\0" * 8), (TryAgain, "broken gzip")),
    "several members": Case(coded("gzip", gzip.compress(b"one ") + gzip.compress(b"two")), b"one two"),
    "a second member cut off": Case(coded("gzip", gzip.compress(b"one ") + PACKED[:20]), (TryAgain, "broken gzip")),
    "padding behind the last member": Case(coded("gzip", gzip.compress(PAGE) + bytes(512)), PAGE),
    "a member and rubbish": Case(coded("gzip", gzip.compress(PAGE) + b"rubbish"), PAGE),
    "padding and rubbish": Case(coded("gzip", gzip.compress(PAGE) + b"\0x"), PAGE),
    "ten thousand members": Case(coded("gzip", gzip.compress(b"") * 10_000), (Unreadable, "more than 1,000 gzip mem")),
    "a header that says gzip, a plain body": Case(coded("gzip", PAGE), (TryAgain, "broken gzip")),
    "a header that says gzip, no body": Case(coded("gzip", b""), b""),
    "x-gzip, the old name": Case(coded("x-gzip", gzip.compress(PAGE)), PAGE),
    "identity": Case(coded("identity", PAGE), PAGE),
    # 46-47: lengths
    "fewer bytes than promised": Case(HEAD + b"Content-Length: 99\r\n\r\n" + PAGE, (TryAgain, "broken HTTP: peer clo")),
    "more bytes than promised": Case(HEAD + b"Content-Length: 3\r\n\r\n" + PAGE, PAGE[:3]),
    "a negative length": Case(HEAD + b"Content-Length: -1\r\n\r\n" + PAGE, (TryAgain, "broken HTTP")),
    "two lengths": Case(HEAD + b"Content-Length: 1\r\nContent-Length: 2\r\n\r\nxx", (TryAgain, "broken HTTP")),
    "a length of 5,000 digits": Case(HEAD + b"Content-Length: %b\r\n\r\n" % (b"9" * 5000), (TryAgain, "broken HTTP")),
    "a length that is no number": Case(HEAD + b"Content-Length: 0x10\r\n\r\n" + PAGE, (TryAgain, "broken HTTP")),
    "a length of 10 GB": Case(
        sending(HEAD + b"Content-Length: 10000000000\r\n\r\n", *[bytes(MIB)] * 20), (Unreadable, "too large: ")
    ),
    "no length, closed at the end": Case(CLOSE + PAGE, PAGE),
    "a body without end": Case(endless(CLOSE, bytes(MIB)), (Unreadable, "too large: ")),
    "a chunked body": Case(chunked(b"3\r\nabc\r\n", b"2\r\nde\r\n", b"0\r\n\r\n"), b"abcde"),
    "a chunk size that is no number": Case(chunked(b"zz\r\nabc\r\n"), (TryAgain, "broken HTTP")),
    "a negative chunk size": Case(chunked(b"-3\r\nabc\r\n"), (TryAgain, "broken HTTP")),
    "a giant chunk size": Case(chunked(b"f" * 40 + b"\r\nabc\r\n"), (TryAgain, "broken HTTP")),
    "a chunk that is cut off": Case(chunked(b"5\r\nab"), (TryAgain, "broken HTTP: peer closed")),
    "chunks without the last": Case(chunked(b"3\r\nabc\r\n"), (TryAgain, "broken HTTP: peer closed")),
    "a chunk size that drips": Case(endless(chunked(b"3;"), b"x", 0.05), (TryAgain, "timed out")),
    # 48-51: heads
    "a header of 300 KB": Case(HEAD + b"X: " + b"x" * 300_000 + b"\r\n\r\n", (TryAgain, "broken HTTP")),
    "headers without end": Case(endless(HEAD, b"X: y\r\n" * 100), (TryAgain, "broken HTTP")),
    "a NUL in a header": Case(HEAD + b"X: a\0b\r\n\r\n", (TryAgain, "broken HTTP")),
    "a header without a name": Case(HEAD + b": x\r\n\r\n", (TryAgain, "broken HTTP")),
    "a thousand 103s": Case(b"HTTP/1.1 103 Early Hints\r\n\r\n" * 1000 + answer(PAGE), PAGE),
    "103s without end": Case(endless(b"", b"HTTP/1.1 103 Early Hints\r\n\r\n", 0.05), (TryAgain, "timed out")),
    "a head that drips": Case(endless(HEAD, b"x", 0.05), (TryAgain, "timed out")),
    "a body that drips": Case(endless(CLOSE, b"x", 0.05), (TryAgain, "timed out")),
    "HTTP/0.9": Case(PAGE, (TryAgain, "broken HTTP")),
    "rubbish": Case(bytes(range(256)) * 10, (TryAgain, "broken HTTP")),
    "SSH": Case(b"SSH-2.0-OpenSSH_9.9\r\n", (TryAgain, "broken HTTP")),
    "nothing at all": Case(b"", (TryAgain, "broken HTTP: Server disconnected")),
    "silence": Case(silence, (TryAgain, "timed out")),
    "a reset": Case(reset, (TryAgain, "the connection broke off")),
    "a switch of protocol": Case(
        b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\nConnection: upgrade\r\n\r\n", (TryAgain, "broken HTTP")
    ),
    "a status without a meaning": Case(answer(PAGE, status="999 Whatever"), (Unreadable, "HTTP 999")),
    # 52: statuses that nobody asked for
    "200 without a body": Case(answer(b""), b""),
    "204": Case(b"HTTP/1.1 204 No Content\r\n\r\n", (Unreadable, "HTTP 204")),
    "206": Case(answer(PAGE, status="206 Partial Content"), (Unreadable, "HTTP 206, which nobody asked for")),
    "304": Case(b"HTTP/1.1 304 Not Modified\r\n\r\n", (Unreadable, "HTTP 304, which nobody asked for")),
    # 53: what is no page
    "a PDF as HTML": Case(answer(b"%PDF-1.7\n", "Content-Type: text/html"), (Unreadable, "not a page but a PDF")),
    "a PNG as HTML": Case(answer(b"\x89PNG\r\n\x1a\n\0"), (Unreadable, "not a page but a PNG image")),
    "a JPEG, packed": Case(zipped(b"\xff\xd8\xff\xe0"), (Unreadable, "not a page but a JPEG image")),
    "a WebP as HTML": Case(answer(b"RIFF\0\0\0\0WEBPVP8 "), (Unreadable, "not a page but an image, sound or vid")),
    "a film as HTML": Case(answer(b"\0\0\0\x20ftypisom"), (Unreadable, "not a page but an image, sound or video")),
    "a zip as HTML": Case(answer(b"PK\3\4\0\0"), (Unreadable, "not a page but a zip file")),
    "a gzip file as HTML": Case(answer(PACKED), (Unreadable, "not a page but a gzip file")),
    # final and passing statuses
    "404": Case(answer(PAGE, status="404 Not Found"), (Unreadable, "HTTP 404")),
    "410": Case(answer(PAGE, status="410 Gone"), (Unreadable, "HTTP 410")),
    "403": Case(answer(PAGE, status="403 Forbidden"), (Unreadable, "HTTP 403")),
    "408": Case(answer(PAGE, status="408 Request Timeout"), (TryAgain, "HTTP 408")),
    "425": Case(answer(PAGE, status="425 Too Early"), (TryAgain, "HTTP 425")),
    "429": Case(answer(PAGE, status="429 Too Many Requests"), (TryAgain, "HTTP 429")),
    "500": Case(answer(PAGE, status="500 Oops"), (TryAgain, "HTTP 500")),
    "503 with a body without end": Case(endless(b"HTTP/1.1 503 No\r\n\r\n", bytes(MIB)), (TryAgain, "HTTP 503")),
}
