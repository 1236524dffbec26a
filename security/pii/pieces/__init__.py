"""Numbers told in pieces, and pieces that were taken back."""
