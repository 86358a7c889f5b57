"""Secrets Manager: versions and their labels, strictly as documented, and rotation over functions.

moto takes a PutSecretValue that AWS refuses (another value for a version that has one) and knows no
empty AWSPENDING versions: https://github.com/getmoto/moto. What a rotation relies on is just that.
"""

from .model import SecretsManager

__all__ = ["SecretsManager"]
