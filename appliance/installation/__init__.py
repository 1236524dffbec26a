"""How the installation itself does: for the system administrator to look at. Reads; changes nothing but what a check
of an order system leaves in its own log."""
