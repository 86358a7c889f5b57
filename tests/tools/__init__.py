"""The set-up and check programs behind make."""
