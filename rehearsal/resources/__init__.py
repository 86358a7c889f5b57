"""What CloudFormation does for each type of resource."""
