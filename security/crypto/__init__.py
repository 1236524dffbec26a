"""Envelope encryption of single fields.

root key and secret of the epoch → key of a shop (by epoch) → key of a subject (by version) → key of a field. Whoever
loses the subject's key has lost everything sealed for that subject: that is how erasure works here.
"""
