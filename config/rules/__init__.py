"""What the files must say together. One theme a module; pure functions of what could be read."""
