"""The storefront: the sample service that Pase releases blue/green."""
