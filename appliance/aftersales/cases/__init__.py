"""After-sales cases: decisions kept, units held, each agreed operation done exactly once or handed to a person."""
