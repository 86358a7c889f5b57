"""The typed, frozen shape of the configuration; the files under ``config/`` are read into it."""
