"""Writes the generated pages of docs again: ``python -m tests.reference``."""

from tests.reference import client, intranet, reports

for page in (client, intranet, reports):
    page.PAGE.write_text(page.render(), encoding="utf-8")
