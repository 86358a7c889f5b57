"""The checks that a service must pass before, while and after traffic moves to it.

One program, run at three places: by the pipeline's gates (a Lambda in the service's VPC), by a
person (`python -m lambdas.release_checks`), and by CodeDeploy's AfterAllowTestTraffic hook.
"""
