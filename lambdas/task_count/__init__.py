"""Gives a service its configured number of tasks without putting the number in its template.

The ECS service resource carries no DesiredCount: the scaler owns the number, and a template that
has it resets it at every update (https://github.com/aws/containers-roadmap/issues/493). So ECS
creates the service with one task, and this custom resource raises it afterwards.
"""
