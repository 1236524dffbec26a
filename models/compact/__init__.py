"""The compact command model: ships with the product, needs no download, runs on one CPU core.

    normalise  →  clauses  →  judge (two linear classifiers)  →  slots, resolve  →  message (what to make of it here)

Train it with ``python -m models.compact.train``; use it through ``models.compact.model.CompactModel``.
"""
