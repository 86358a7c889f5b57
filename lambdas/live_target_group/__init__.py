"""Tells a stack which target group of a blue/green service is live.

A listener in a template must name a target group, and CodeDeploy changes it behind CloudFormation's
back. A later change of the listener would then send every user to the group that the template
happens to name, which may be empty (https://github.com/aws/aws-cdk/issues/36649). So a listener
takes the answer of this custom resource.
"""
