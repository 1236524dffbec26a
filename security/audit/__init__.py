"""The audit log: closed records, appended with the business they are about, sealed into a signed Merkle log.

``append`` runs in the caller's transaction; one ``Sealer`` gives sequence, chain and signatures and writes two sinks;
``verify.py`` checks it all without trusting, or importing, anything else here.
"""
