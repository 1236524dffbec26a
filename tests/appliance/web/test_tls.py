"""TLS of the web processes themselves: real handshakes; a renewed certificate is shown without a restart."""

import asyncio
import logging
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path

import httpx
import pytest
from cryptography import x509

from appliance.config import Settings
from appliance.config_web import WebSettings
from appliance.errors import ConfigurationError
from appliance.installation.certificates import Certificates
from appliance.supervisor.child import serving_beside
from appliance.supervisor.model import Address
from appliance.web.tls import Tls, to_ourselves

pytestmark = pytest.mark.control("K3", "M-02", "M-12")

NAME = "desk.example.internal"


@pytest.fixture
def web(tmp_path: Path) -> WebSettings:
    Certificates(tmp_path).issue((NAME,), datetime.now(UTC))
    certificate = tmp_path / "tls" / f"{NAME}.pem"
    return WebSettings(certificate_file=str(certificate), key_file=str(certificate.with_suffix(".key")))


async def answer(scope: object, receive: object, send: object) -> None:
    await send({"type": "http.response.start", "status": 200, "headers": []})  # type: ignore[operator]
    await send({"type": "http.response.body", "body": b"ready"})  # type: ignore[operator]


@asynccontextmanager
async def served(tls: Tls) -> AsyncIterator[str]:
    async with serving_beside(answer, Address("127.0.0.1", 0), ssl_context_factory=lambda *_: tls.context) as own:
        yield f"https://127.0.0.1:{own.port}/"


async def shown_by(url: str) -> int:
    """The serial number of the certificate that it shows."""
    blind = ssl.create_default_context()
    blind.check_hostname, blind.verify_mode = False, ssl.CERT_NONE
    parts = httpx.URL(url)
    _, writer = await asyncio.open_connection(parts.host, parts.port, ssl=blind)
    found = writer.get_extra_info("ssl_object").getpeercert(binary_form=True)
    writer.close()
    return x509.load_der_x509_certificate(found).serial_number


async def test_it_is_served_by_tls_and_ourselves_trust_that_certificate_only(web: WebSettings, tmp_path: Path) -> None:
    tls = Tls.of(web)
    assert tls is not None
    async with served(tls) as url:
        trusting = to_ourselves(web)
        async with httpx.AsyncClient(verify=trusting, trust_env=False) as client:
            assert (await client.get(url)).text == "ready"
        other = Certificates(tmp_path / "other")
        other.issue((NAME,), datetime.now(UTC))
        strange = WebSettings(certificate_file=str(other.folder / f"{NAME}.pem"), key_file=web.key_file)
        async with httpx.AsyncClient(verify=to_ourselves(strange), trust_env=False) as client:
            with pytest.raises(httpx.ConnectError, match="CERTIFICATE_VERIFY_FAILED"):
                await client.get(url)
        async with httpx.AsyncClient(trust_env=False) as client:
            with pytest.raises(httpx.TransportError):
                await client.get(url.replace("https", "http"))


async def test_a_renewed_certificate_is_shown_to_the_next_connection(web: WebSettings, tmp_path: Path) -> None:
    tls = Tls.of(web)
    assert tls is not None
    async with served(tls) as url:
        following = asyncio.create_task(tls.follow(look_s=0.01))
        before = await shown_by(url)
        Certificates(tmp_path).renew(datetime.now(UTC), all_of_them=True)
        async with asyncio.timeout(30):
            while await shown_by(url) == before:  # noqa: ASYNC110 - each look is a handshake
                await asyncio.sleep(0.01)
        following.cancel()


async def test_one_that_does_not_fit_is_said_once_and_the_one_of_before_goes_on(
    web: WebSettings, caplog: pytest.LogCaptureFixture
) -> None:
    tls = Tls.of(web)
    assert tls is not None
    async with served(tls) as url:
        before = await shown_by(url)
        await asyncio.to_thread(Path(web.key_file).write_text, "no key")
        with caplog.at_level(logging.ERROR):
            assert [tls.look(), tls.look()] == [False, False]
        assert [each.message for each in caplog.records] == ["tls.certificate_refused"]
        assert await shown_by(url) == before


def test_files_that_change_while_they_are_taken_up_end_nothing(
    web: WebSettings, monkeypatch: pytest.MonkeyPatch
) -> None:
    tls = Tls.of(web)
    assert tls is not None
    monkeypatch.setattr("appliance.web.tls._context", lambda *_: None)  # they fitted when they were looked at
    Path(web.key_file).write_text("no key")
    assert not tls.look()
    Path(web.key_file).unlink()
    assert not tls.look()


def test_plain_http_is_what_there_is_without_a_certificate() -> None:
    assert (Tls.of(WebSettings()), to_ourselves(WebSettings()), Settings().web.scheme) == (None, True, "http")


def test_a_pair_that_cannot_serve_is_refused_at_the_start(web: WebSettings, tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="go together"):
        Tls.of(WebSettings(certificate_file=web.certificate_file))
    (tmp_path / "none.key").write_text("none")
    with pytest.raises(ConfigurationError, match="cannot be used together"):
        Tls.of(WebSettings(certificate_file=web.certificate_file, key_file=str(tmp_path / "none.key")))
