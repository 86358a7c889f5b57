"""The Lambda functions of the platform: one package a function, none of which knows the CDK."""
