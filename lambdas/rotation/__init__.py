"""Secrets Manager's rotation, whatever kind of secret: its events, its guards, the order of steps.

A library, no function: `constructs_lib.function_code` puts it into the packages that name it.
"""
