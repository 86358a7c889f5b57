"""Rotates a service's API key at a provider, so that AWSCURRENT's key works at every instant.

A new key is made beside the one in use, proved, and made the current one; the one before it goes
on working for the overlap window. docs/secrets.md says how, and how to add a provider.
"""
