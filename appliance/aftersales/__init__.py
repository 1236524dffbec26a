"""After-sales: the order system, policy and quotes, cases and their exactly-once execution."""
