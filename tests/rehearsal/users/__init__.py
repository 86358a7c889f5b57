"""Tests of the users, with their real process and real servers."""
