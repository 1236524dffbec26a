"""Special refunds: beyond policy or its limits, proposed by one person, approved by another."""
