"""Writes the generated pages of docs/reference again: ``python -m tests.reference``."""

from tests.reference import client, intranet

for page in (client, intranet):
    page.PAGE.write_text(page.render(), encoding="utf-8")
