"""Makes a service's database, its owner role and its logins, from the stack that deploys it.

A custom resource, and idempotent: what is there already stays, and a login that AWSCURRENT says
logs in afterwards. Deleting the resource leaves everything, because it holds data.
"""
