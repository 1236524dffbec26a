"""Figures over many conversations: counted from the log and the queue, each declared once and checkable by hand."""
