"""Certificates of an installation as files: issued, renewed in time, never put in the place of what is missing."""

import json
import ssl
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from appliance.cli.certificates import certificates
from appliance.errors import InvalidInput, NotFound
from appliance.installation.certificates import Certificates, first_end
from security.crypto.authority import SERVER_DAYS, fits, is_issued_by

NOW = datetime.now(UTC)
NAMES = ("desk.example.internal", "10.0.0.7")


@pytest.fixture
def kept(tmp_path: Path) -> Certificates:
    return Certificates(tmp_path)


def mode(path: Path) -> int:
    return path.stat().st_mode & 0o777


def test_one_is_issued_by_an_authority_that_is_made_once(kept: Certificates, tmp_path: Path) -> None:
    first = kept.issue(NAMES, NOW)
    authority = (kept.folder / "ca.pem").read_bytes()
    kept.issue(("db.example.internal",), NOW)
    certificate = kept.folder / f"{NAMES[0]}.pem"
    assert (first.name, first.names, first.is_due) == (NAMES[0], NAMES, False)
    assert (kept.folder / "ca.pem").read_bytes() == authority
    assert is_issued_by(certificate.read_bytes(), authority)
    assert fits(certificate.read_bytes(), certificate.with_suffix(".key").read_bytes())
    assert [mode(certificate.with_suffix(".key")), mode(tmp_path / "secrets" / "ca.key"), mode(certificate)] == [
        0o600,
        0o600,
        0o644,
    ]
    assert [each.name for each in kept.list(NOW)] == ["db.example.internal", NAMES[0]]
    assert not list(kept.folder.glob(".*")), "nothing half-written is left"


def test_only_those_in_their_last_third_are_renewed_with_new_keys(kept: Certificates) -> None:
    kept.issue(NAMES, NOW)
    key = (kept.folder / f"{NAMES[0]}.key").read_bytes()
    assert kept.renew(NOW, all_of_them=False) == []
    late = NOW + timedelta(days=SERVER_DAYS * 0.7)
    [renewed] = kept.renew(late, all_of_them=False)
    assert (renewed.names, renewed.is_due, renewed.ends_at > late + timedelta(days=390)) == (NAMES, False, True)
    assert (kept.folder / f"{NAMES[0]}.key").read_bytes() != key
    assert len(kept.renew(late, all_of_them=True)) == 1


def test_a_server_never_outlives_the_authority(kept: Certificates) -> None:
    kept.issue(NAMES, NOW - timedelta(days=3500))
    issued = kept.issue(NAMES, NOW)
    assert issued.ends_at - NOW < timedelta(days=151)


@pytest.mark.parametrize("lost", ["tls/ca.pem", "secrets/ca.key"])
def test_half_an_authority_is_never_quietly_replaced(kept: Certificates, tmp_path: Path, lost: str) -> None:
    kept.issue(NAMES, NOW)
    (tmp_path / lost).unlink()
    with pytest.raises(InvalidInput, match="one is missing: bring it back"):
        kept.issue(NAMES, NOW)


@pytest.mark.parametrize("name", ["ca", "../secrets/root", ".hidden"])
def test_a_name_that_would_lie_elsewhere_is_refused(kept: Certificates, name: str) -> None:
    with pytest.raises(InvalidInput, match="cannot be the name"):
        kept.issue((name,), NOW)
    assert not kept.folder.exists()


def test_where_there_is_none_it_says_how_one_is_made(kept: Certificates) -> None:
    with pytest.raises(NotFound, match="certificates issue NAME"):
        kept.list(NOW)


def test_the_first_that_ends_is_known_and_what_is_no_certificate_ends_nowhere(
    kept: Certificates, tmp_path: Path
) -> None:
    assert first_end(tmp_path, None) is None
    soon = kept.issue(("a",), NOW - timedelta(days=300))
    kept.issue(("b",), NOW)
    (kept.folder / "c.pem").write_text("no certificate")
    assert first_end(tmp_path, None) == soon.ends_at
    assert first_end(tmp_path / "elsewhere", (kept.folder / "b.pem", kept.folder / "b.key")) is not None


def test_a_client_that_trusts_the_authority_believes_the_server(kept: Certificates) -> None:
    """By OpenSSL itself, in memory."""
    kept.issue(NAMES, NOW)
    server = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    server.load_cert_chain(kept.folder / f"{NAMES[0]}.pem", kept.folder / f"{NAMES[0]}.key")
    client = ssl.create_default_context(cafile=str(kept.folder / "ca.pem"))
    to_server, to_client = ssl.MemoryBIO(), ssl.MemoryBIO()
    there = server.wrap_bio(to_server, to_client, server_side=True)
    here = client.wrap_bio(to_client, to_server, server_hostname=NAMES[0])
    for _ in range(4):
        for side in (here, there):
            try:
                side.do_handshake()
            except ssl.SSLWantReadError:
                continue
    assert here.version() == "TLSv1.3"


def run(state: Path, *words: str) -> Result:
    return CliRunner(env={"APPLIANCE_STATE_DIR": str(state)}).invoke(certificates, [*words])


def test_the_command_issues_shows_and_renews(tmp_path: Path) -> None:
    assert run(tmp_path, "issue", *NAMES).exit_code == 0
    again = run(tmp_path, "issue", NAMES[0], "--if-missing", "--json")
    assert [each["name"] for each in json.loads(again.output)] == [NAMES[0]]
    shown = run(tmp_path, "show")
    assert (shown.exit_code, ", ".join(NAMES) in shown.output) == (0, True)
    assert run(tmp_path, "renew").output == "none is due\n"
    Certificates(tmp_path).issue(NAMES, NOW - timedelta(days=300))
    due = run(tmp_path, "show")
    assert (due.exit_code, ", due" in due.output) == (1, True)
    assert f"{NAMES[0]}.pem" in run(tmp_path, "renew").output
    assert run(tmp_path, "show").exit_code == 0
