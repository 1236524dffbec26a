"""People's names: what looks like one, and what stands around it."""
