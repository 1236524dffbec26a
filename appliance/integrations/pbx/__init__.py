"""How a switchboard is asked to ring somebody: by a call file in its spool folder, or by its REST interface."""
