"""Writes the generated pages of docs again: ``python -m tests.reference``."""

from tests.reference import client, doctor, intranet, reports

for page in (client, doctor, intranet, reports):
    page.PAGE.write_text(page.render(), encoding="utf-8")
