"""The constructs by themselves, and the pure functions beside them."""
