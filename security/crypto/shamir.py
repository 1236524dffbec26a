"""Shamir's sharing of a secret over GF(2^8), byte by byte: enough shares give it back, fewer say nothing of it.

The field is that of AES (x^8 + x^4 + x^3 + x + 1). A share is its place, 1 to 255, and as many bytes as the secret.
"""

import secrets
from collections.abc import Callable, Sequence
from functools import reduce
from typing import NamedTuple

_POLYNOMIAL = 0x11B
_MOST = 255


class Share(NamedTuple):
    place: int
    data: bytes


def split(
    secret: bytes, threshold: int, count: int, random: Callable[[int], bytes] = secrets.token_bytes
) -> list[Share]:
    if not 2 <= threshold <= count <= _MOST:
        raise ValueError("a threshold of two or more, and no more than there are shares")
    higher = [random(len(secret)) for _ in range(threshold - 1)]
    coefficients = [secret, *higher]
    return [Share(place, _at(coefficients, place)) for place in range(1, count + 1)]


def combine(shares: Sequence[Share]) -> bytes:
    """The value at zero of the polynomial through these shares. Too few, or of different secrets, give nonsense."""
    places = [share.place for share in shares]
    if len(set(places)) != len(places) or not all(0 < place <= _MOST for place in places):
        raise ValueError("each share once, from 1 to 255")
    if len({len(share.data) for share in shares}) != 1:
        raise ValueError("shares of one length")
    weights = [_weight(place, places) for place in places]
    columns = zip(*(share.data for share in shares), strict=True)
    return bytes(
        reduce(int.__xor__, (multiply(weight, byte) for weight, byte in zip(weights, column, strict=True)))
        for column in columns
    )


def multiply(left: int, right: int) -> int:
    """Without tables or branches on secrets: eight steps, whatever the values are."""
    product = 0
    for bit in range(8):
        product ^= left * (right >> bit & 1)
        left = left << 1 ^ (left >> 7) * _POLYNOMIAL
    return product


def inverse(value: int) -> int:
    """value^254; zero has none, and gives zero."""
    power, result = value, 1
    for _ in range(7):
        power = multiply(power, power)
        result = multiply(result, power)
    return result


def _weight(place: int, places: Sequence[int]) -> int:
    """Lagrange's weight of this share at zero."""
    others = [other for other in places if other != place]
    above = reduce(multiply, others, 1)
    below = reduce(multiply, (other ^ place for other in others), 1)
    return multiply(above, inverse(below))


def _at(coefficients: Sequence[bytes], place: int) -> bytes:
    """Horner's scheme, byte by byte."""
    value = bytes(len(coefficients[0]))
    for coefficient in reversed(coefficients):
        value = bytes(multiply(byte, place) ^ more for byte, more in zip(value, coefficient, strict=True))
    return value
