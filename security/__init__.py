"""The security floor: PII, cryptography, audit, access, privacy, egress.

Imports nothing of the other two packages; clock, ids and connection are handed in.
"""
