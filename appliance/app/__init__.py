"""The composition root: the only place that knows every part. One file for what all processes share, one a process."""
