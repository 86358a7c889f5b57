"""Rotates a service's login of its database, so that AWSCURRENT logs in at every instant.

With two logins it changes the one that is not in use, and then says that this is the one to use:
https://docs.aws.amazon.com/secretsmanager/latest/userguide/rotating-secrets_strategies.html.
"""
