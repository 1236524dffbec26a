"""What may leave: the guard that raises the alarm in every process, and the self-test with its evidence."""
