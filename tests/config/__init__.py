"""Tests of the configuration: what is accepted, and how everything else is refused."""
