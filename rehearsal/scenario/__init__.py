"""Scenarios: what a rehearsal plays and what must come of it, read from short TOML files."""
