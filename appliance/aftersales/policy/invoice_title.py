"""Whether an invoice is made out to a company, which then needs a tax id. Knows nothing of who exists."""

import re
import tomllib
from pathlib import Path

PERSONAL = "个人"
"""What stands on the invoice of somebody who names nobody."""
_REFERENCE = re.compile(r"⟨[^⟩]*⟩")
_LONGEST_NAME = 4
_BODIES = tuple(tomllib.loads(Path(__file__).with_name("invoice_title.toml").read_text(encoding="utf-8"))["bodies"])


def is_reference(text: str) -> bool:
    """A placeholder and nothing else."""
    return _REFERENCE.fullmatch(text) is not None


def is_company(title: str, *, has_tax_id: bool) -> bool:
    """What is called 公司, 店 or the like, what is longer than a name, and whatever comes with a tax id."""
    if title == PERSONAL or is_reference(title):
        return False
    return has_tax_id or title.endswith(_BODIES) or len(title) > _LONGEST_NAME
