"""Which local models there are for which role, what they need, what fits where, and whether their files are whole."""
