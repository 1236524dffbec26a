"""Order systems that a mapping file cannot describe, each a Python class behind the same port."""
