"""Tests of services/storefront: the real process against real PostgreSQL and AWS over HTTP."""
