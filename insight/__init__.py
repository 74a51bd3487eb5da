"""What can be worked out from a text alone: pure functions, no database, no network."""
