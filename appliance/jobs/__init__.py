"""Background work: jobs deferred in the transaction that causes them, work of the clock, and the worker itself."""
