"""Bundles for sites without a network: one archive of everything, listed, hashed and signed. Of any product.

What opens one (``alone.py`` and what it imports) needs Python's standard library and ``cryptography`` or ``openssl``,
and is written beside every bundle as ``open-bundle.pyz``.
"""
