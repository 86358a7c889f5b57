"""What a release may never change by the way: the services, listeners and target groups."""
