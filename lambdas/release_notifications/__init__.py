"""Tells people what becomes of a release: one readable message for each change of its state.

CodeDeploy says by an event that a deployment has changed, and no more than that. What it means for
users is found out from CodeDeploy, ECS, CloudWatch and the Parameter Store; what cannot be found
out is said to be unknown, and the message is sent all the same.
"""
