"""The guide that a customer gets by SMS once his return is approved: where to send the goods, and by when."""
