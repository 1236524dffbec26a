"""Writes the generated pages of docs/compliance again: ``python -m tests.compliance``."""

from tests.compliance import matrix, register

for page in (matrix, register):
    page.PAGE.write_text(page.render(), encoding="utf-8")
