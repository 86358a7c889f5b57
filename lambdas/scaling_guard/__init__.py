"""Keeps automatic scaling out of a release: suspends it when one starts, and gives it back after.

A scale-out in the middle of a blue/green deployment changes both task sets at once
(https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_Scale.html), a scale-in takes tasks
from the side that is about to serve. AWS suggests this very suspension
(https://docs.aws.amazon.com/AmazonECS/latest/developerguide/service-auto-scaling.html) and leaves
it to the user, together with not forgetting to end it.
"""
