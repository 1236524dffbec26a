"""A small valid picture: what a customer of a suite shows. Its file name is data and never opened."""

import struct
import zlib


def png(side: int = 32, shade: int = 200) -> bytes:
    """A grey square, ``side`` pixels wide."""
    header = struct.pack(">IIBBBBB", side, side, 8, 0, 0, 0, 0)
    rows = (b"\x00" + bytes([shade]) * side) * side
    return b"\x89PNG\r\n\x1a\n" + _chunk(b"IHDR", header) + _chunk(b"IDAT", zlib.compress(rows)) + _chunk(b"IEND", b"")


def _chunk(kind: bytes, content: bytes) -> bytes:
    return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))
