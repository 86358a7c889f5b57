"""The application started as a person or the CDK CLI starts it."""
