"""Publishes how long ago each secret was rotated, so that an alarm can tell when nothing does.

A rotation that fails says so. One that is never begun (rotation switched off, a schedule that was
lost) says nothing, and only the secret's age shows it.
"""
