"""Personal data in what people say: found, replaced by placeholders before anything is kept, shown to those who may.

Presidio finds shapes; what a shape is worth is decided here, by checksum, by the words around it, by what was asked.
"""
