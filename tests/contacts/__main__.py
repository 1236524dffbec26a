"""Writes the table of the page again: ``python -m tests.contacts``."""

from tests.contacts import page

page.PAGE.write_text(page.written(), encoding="utf-8")
