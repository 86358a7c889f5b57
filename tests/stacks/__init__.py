"""The synthesized templates say what the platform promises."""
