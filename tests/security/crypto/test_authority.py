"""A certificate of our own authority is one that another TLS implementation takes, and is renewed in time."""

from datetime import UTC, datetime, timedelta

import pytest
from cryptography import x509
from cryptography.x509.verification import PolicyBuilder, Store, VerificationError

from security.crypto import authority

NOW = datetime(2026, 11, 26, tzinfo=UTC)
CA = authority.make_authority("Ours", NOW)
SERVER = authority.issue(CA, ["aftersales.example.internal", "10.1.2.3"], NOW)


def _verified(name: str, at: datetime, ca: authority.Pair = CA) -> None:
    store = Store([x509.load_pem_x509_certificate(ca.certificate)])
    verifier = PolicyBuilder().store(store).time(at).build_server_verifier(x509.DNSName(name))
    verifier.verify(x509.load_pem_x509_certificate(SERVER.certificate), [])


def test_it_counts_for_its_name_and_time_under_its_authority_alone() -> None:
    _verified("aftersales.example.internal", NOW + timedelta(days=1))
    for name, at, ca in (
        ("other.example.internal", NOW, CA),
        ("aftersales.example.internal", NOW + timedelta(days=400), CA),
        ("aftersales.example.internal", NOW, authority.make_authority("Other", NOW)),
    ):
        with pytest.raises(VerificationError):
            _verified(name, at, ca)


def test_names_and_the_last_third() -> None:
    assert authority.names_of(SERVER.certificate) == ["aftersales.example.internal", "10.1.2.3"]
    assert not authority.is_due(SERVER.certificate, NOW + timedelta(days=200))
    assert authority.is_due(SERVER.certificate, NOW + timedelta(days=300))


def test_it_never_outlives_the_authority() -> None:
    late = authority.ends_at(CA.certificate) - timedelta(days=30)
    assert authority.ends_at(authority.issue(CA, ["x"], late).certificate) <= authority.ends_at(CA.certificate)
