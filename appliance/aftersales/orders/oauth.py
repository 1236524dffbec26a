"""OAuth2 client credentials: one token for all requests, renewed before it ends, asked for by one request at a time."""

import asyncio
from base64 import b64encode
from datetime import datetime, timedelta
from typing import Any, Final

from appliance.aftersales.orders.answers import decode
from appliance.aftersales.orders.credentials import Credentials
from appliance.aftersales.orders.model import Record
from appliance.aftersales.orders.operations import Timeouts
from appliance.aftersales.orders.requests import Outgoing, Pairs, escaped
from appliance.aftersales.orders.wire import NoAnswer, NotSent, Wire
from appliance.clock import Clock

_LONGEST_TOKEN: Final = 8192
_LONGEST_S: Final = 366 * 86_400
_NO_TOKEN_LONGER: Final = 64


class OAuth2(Record, frozen=True):
    """``auth: {kind: oauth2, token_path: /oauth/token, …}``"""

    token_path: str
    scope: str
    in_body: bool
    """Whether id and secret go into the form instead of the header ``Authorization: Basic``."""
    renew_before_s: float
    timeouts: Timeouts


class Tokens:
    """The token of one shop. ``NotSent`` where there is none to be had: then nothing else was sent either."""

    def __init__(self, auth: OAuth2, credentials: Credentials, wire: Wire, clock: Clock) -> None:
        self._auth = auth
        self._client = credentials.secret("client_id"), credentials.secret("client_secret")
        self._wire = wire
        self._clock = clock
        self._asking = asyncio.Lock()
        self._token = ""
        self._until: datetime | None = None

    async def token(self) -> str:
        if not self._is_good():
            async with self._asking:
                if not self._is_good():
                    await self._ask()
        return self._token

    def forget(self, token: str) -> None:
        """It was refused. Another that came in the meantime stays."""
        if token == self._token:
            self._token = ""

    def _is_good(self) -> bool:
        early = timedelta(seconds=self._auth.renew_before_s)
        return bool(self._token) and (self._until is None or self._clock.now() < self._until - early)

    async def _ask(self) -> None:
        asked_at = self._clock.now()
        try:
            answer = await self._wire.exchange(self._request(), self._auth.timeouts)
        except NoAnswer as error:
            raise NotSent(f"no token: {error}") from error
        found: Any = decode(answer.content)
        token = found.get("access_token") if isinstance(found, dict) else None
        if answer.status != 200 or not isinstance(token, str) or not _may_be_sent(token):
            raise NotSent(f"no token: status {answer.status}{_word(found)}")
        self._token, self._until = token, _until(asked_at, found.get("expires_in"))

    def _request(self) -> Outgoing:
        client_id, secret = self._client
        form: Pairs = {"grant_type": "client_credentials"}
        headers: Pairs = {}
        if self._auth.scope:
            form["scope"] = self._auth.scope
        if self._auth.in_body:
            form |= {"client_id": client_id, "client_secret": secret}
        else:
            basic = b64encode(f"{escaped(client_id)}:{escaped(secret)}".encode()).decode()
            headers["Authorization"] = f"Basic {basic}"
        return Outgoing(method="POST", path=self._auth.token_path, form=form, headers=headers)


def _may_be_sent(token: str) -> bool:
    return 0 < len(token) <= _LONGEST_TOKEN and token.isascii() and token.isprintable() and " " not in token


def _until(asked_at: datetime, expires_in: Any) -> datetime | None:
    """None where the server does not say: it is used until it is refused."""
    seconds = int(expires_in) if isinstance(expires_in, str) and expires_in.isdecimal() else expires_in
    if not isinstance(seconds, int) or isinstance(seconds, bool) or not 0 < seconds <= _LONGEST_S:
        return None
    return asked_at + timedelta(seconds=seconds)


def _word(found: Any) -> str:
    """The error word of RFC 6749, which holds nothing secret; never the description beside it."""
    word = found.get("error") if isinstance(found, dict) else None
    is_word = isinstance(word, str) and len(word) <= _NO_TOKEN_LONGER and word.replace("_", "").isalnum()
    return f" ({word})" if is_word else ""
