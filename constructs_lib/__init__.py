"""Reusable constructs, one capability a file. Knows neither the stacks nor the configuration."""
