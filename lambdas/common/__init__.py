"""What several functions share. It goes into every function's package, so it stays small."""
