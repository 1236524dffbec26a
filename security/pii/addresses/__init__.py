"""Postal addresses: administrative names, the grammar of what follows them, and where one begins and ends."""
