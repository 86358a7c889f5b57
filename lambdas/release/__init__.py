"""Starts a service's CodeDeploy deployment for CloudFormation, and awaits it.

A custom resource in the service's own stack, so that a release is the same whoever deploys the
stack. CloudFormation's event only starts a Step Functions execution; that does all the waiting and
asks this function for one step at a time. Nothing is carried from step to step: what is to be done
is found out anew from CodeDeploy and ECS each time, so a step may be killed anywhere and run again.
"""
