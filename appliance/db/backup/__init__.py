"""Backups: everything that must survive, in one encrypted archive, and back into an empty database.

``database/<table>/<part>`` as COPY gives it, ``audit/<file>``, ``secrets/<file>``, ``settings/<file>``;
``manifest.json`` comes last. A log of later changes may one day stand beside ``database``.
"""
