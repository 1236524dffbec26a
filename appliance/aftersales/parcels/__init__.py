"""The parcel that a customer sends back for an approved case: its number, its carrier, and the one write of it."""
