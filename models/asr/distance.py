"""How far what was heard is from what was said."""


def distance(wanted: str, got: str) -> int:
    """How many characters must be put in, taken out or exchanged."""
    row = list(range(len(got) + 1))
    for i, one in enumerate(wanted, 1):
        before, row[0] = row[0], i
        for j, other in enumerate(got, 1):
            before, row[j] = row[j], min(row[j] + 1, row[j - 1] + 1, before + (one != other))
    return row[-1]
