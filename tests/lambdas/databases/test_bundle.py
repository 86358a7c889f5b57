"""The certificate authorities that the functions trust."""

from __future__ import annotations

import ssl
from datetime import UTC, datetime, timedelta

from cryptography import x509

from lambdas.databases import tls
from lambdas.databases.engine import Trust
from lambdas.databases.trust import BUNDLE

CERTIFICATES = x509.load_pem_x509_certificates(BUNDLE.read_bytes())


def test_each_is_an_authority_of_amazon_rds_and_valid_for_another_year() -> None:
    then = datetime.now(UTC) + timedelta(days=365)
    for one in CERTIFICATES:
        assert one.extensions.get_extension_for_class(x509.BasicConstraints).value.ca
        assert "Amazon RDS" in one.subject.rfc4514_string()
        assert one.not_valid_before_utc < datetime.now(UTC)
        assert one.not_valid_after_utc > then


def test_every_region_has_one_and_none_is_there_twice() -> None:
    names = [one.subject.rfc4514_string() for one in CERTIFICATES]
    assert len(set(names)) == len(names)
    for region in ("eu-west-1", "eu-central-1", "us-east-1", "ap-northeast-1", "sa-east-1"):
        assert sum(f"Amazon RDS {region} Root CA" in name for name in names) >= 3


def test_openssl_takes_all_of_them() -> None:
    context = tls.context(Trust(bundle=str(BUNDLE)))
    assert context.cert_store_stats()["x509_ca"] == len(CERTIFICATES)
    assert context.verify_mode is ssl.CERT_REQUIRED
    assert context.check_hostname


def test_the_file_says_what_each_is_and_when_it_was_made() -> None:
    lines = BUNDLE.read_text("ascii").splitlines()
    assert "truststore.pki.rds.amazonaws.com" in "".join(lines[:4])
    assert sum(line.startswith("# Amazon RDS") for line in lines) == len(CERTIFICATES)
