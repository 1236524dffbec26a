"""How large a machine has to be, from what was measured."""
