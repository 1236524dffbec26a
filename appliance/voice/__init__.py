"""A call: hearing, speaking and taking turns. Decisions are pure; wires and engines are handed in as ports."""
