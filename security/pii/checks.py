"""Arithmetic of identity and card numbers. Each takes bare digits (and X) and says yes or no; nothing here decides."""

from datetime import date

_ID_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
_ID_CHECKS = "10X98765432"
_PROVINCES = frozenset(
    str(code)
    for first, last in ((11, 15), (21, 23), (31, 37), (41, 46), (50, 54), (61, 65), (71, 71), (81, 83))
    for code in range(first, last + 1)
)
_USCC_PLACES = "0123456789ABCDEFGHJKLMNPQRTUWXY"
_LUHN_DOUBLED = (0, 2, 4, 6, 8, 1, 3, 5, 7, 9)


def is_id_checksum(value: str) -> bool:
    """GB 11643-1999: ISO 7064 MOD 11-2."""
    total = sum(weight * int(digit) for weight, digit in zip(_ID_WEIGHTS, value[:17], strict=True))
    return _ID_CHECKS[total % 11] == value[17]


def is_province(value: str) -> bool:
    """GB/T 2260 provinces, 81-83 residence permits."""
    return value[:2] in _PROVINCES


def is_birth_date(digits: str) -> bool:
    """YYYYMMDD, or YYMMDD of the twentieth century."""
    text = digits if len(digits) == 8 else f"19{digits}"
    try:
        born = date(int(text[:4]), int(text[4:6]), int(text[6:]))
    except ValueError:
        return False
    return 1900 <= born.year <= 2099


def begins_with_a_day(digits: str) -> bool:
    """YYYYMMDD of these years: so do the numbers of orders, and no card."""
    return "2010" <= digits[:4] <= "2039" and is_birth_date(digits[:8])


def is_luhn(digits: str) -> bool:
    """ISO/IEC 7812-1 annex B."""
    total = sum(int(digit) for digit in digits[-1::-2]) + sum(_LUHN_DOUBLED[int(digit)] for digit in digits[-2::-2])
    return total % 10 == 0


def is_card_issuer(digits: str) -> bool:
    """Issuer ranges with the lengths they come in: UnionPay, Visa, Mastercard, Amex, JCB, Diners, old Chinese cards."""
    length, two, four = len(digits), digits[:2], int(digits[:4])
    if two in {"62", "60", "81"}:
        return 16 <= length <= 19
    if digits[0] == "4":
        return length in {13, 16, 19}
    if "51" <= two <= "55" or 2221 <= four <= 2720 or two == "35":
        return length == 16
    if two in {"34", "37"}:
        return length == 15
    if two in {"30", "36", "38"}:
        return length == 14
    return four in {9558, 9559} and 16 <= length <= 19


def is_uscc_checksum(value: str) -> bool:
    """GB 32100-2015: weights are powers of three, modulo 31. Without I, O, S, V and Z."""
    if not set(value) <= set(_USCC_PLACES):
        return False
    total = sum(_USCC_PLACES.index(char) * pow(3, place, 31) for place, char in enumerate(value[:17]))
    return _USCC_PLACES[-total % 31] == value[17]
