"""Which certificate authorities a function trusts, from its environment."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from .engine import Trust
from .errors import BundleMissing

BUNDLE = Path(__file__).resolve().parent / "rds-ca-bundle.pem"
"""The certificate authorities of Amazon RDS, and no other one."""


def trust_of(environ: Mapping[str, str]) -> Trust:
    """Whom TLS trusts: ``DATABASE_CA_BUNDLE`` (a path) and ``TLS_SERVER_NAME``, both optional.

    Raises `BundleMissing`.
    """
    bundle = environ.get("DATABASE_CA_BUNDLE") or str(BUNDLE)
    if not Path(bundle).is_file():
        raise BundleMissing(f"the CA bundle is to be {bundle}, and there is no such file")
    return Trust(bundle=bundle, server_name=environ.get("TLS_SERVER_NAME", ""))
