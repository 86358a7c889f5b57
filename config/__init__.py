"""What differs between environments and services, as typed values. Knows no CDK."""
