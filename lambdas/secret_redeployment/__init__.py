"""Restarts services that take secrets from their environment, once these were rotated.

ECS puts a secret into a container when the container starts, and never again: "If the secret is
subsequently updated or rotated, the container will not receive the updated value automatically"
(https://docs.aws.amazon.com/AmazonECS/latest/developerguide/secrets-envvar-secrets-manager.html).
The tasks go on with the login before, which works until the next rotation. So between two rotations
there has to be a deployment, of the same task definition: that is made here, unless a release has
been one. Through CodeDeploy, for ECS's own forced deployment is refused to a CODE_DEPLOY service
(https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_UpdateService.html).
"""
