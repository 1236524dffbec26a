"""Unambiguous bytes: every part carries its length, so no two lists of parts encode alike."""


def length_prefixed(*parts: str | bytes) -> bytes:
    """LP of each part: length as four bytes, big-endian, then the bytes (text as UTF-8)."""
    encoded = (part.encode() if isinstance(part, str) else part for part in parts)
    return b"".join(len(part).to_bytes(4) + part for part in encoded)
