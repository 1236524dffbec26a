"""The check digit of a unified social credit code (GB 32100-2015). Knows nothing of who owns it."""

ALPHABET = "0123456789ABCDEFGHJKLMNPQRTUWXY"
"""31 signs: no I, O, S, V, Z."""


def is_valid_tax_id(text: str) -> bool:
    """18 signs whose last one is 31 less the weighted sum of the others (weights 3^i), modulo 31."""
    code = text.strip().upper()
    if len(code) != 18 or any(sign not in ALPHABET for sign in code):
        return False
    total = sum(ALPHABET.index(sign) * pow(3, place, 31) for place, sign in enumerate(code[:17]))
    return ALPHABET[-total % 31] == code[17]
