"""What of this product goes into a bundle for a site without a network: its files, packages, models and images.

It gathers on a connected machine and hands all of it to ``models.bundle``, which lists, signs and writes. It installs
nothing.
"""
