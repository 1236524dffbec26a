"""Local models behind protocols: the command language, the compact CPU model, clients and launchers.

Imports nothing of the other two packages.
"""
