"""Hands one message to a gateway of the intranet. Bounded in time and size; it follows nothing and asks no proxy.

Nothing leaves for an address outside the allowed networks: the name is looked at for each attempt, and the connection
goes to the address that was looked at. Number and words stand in no log.
"""

import asyncio
from collections.abc import Callable
from typing import Any, Final

import httpx
import msgspec

from appliance.aftersales.messages.model import Failure, Taken, Text
from appliance.aftersales.orders.answers import as_written, decode
from appliance.aftersales.orders.paths import dig
from appliance.integrations.sms.description import PARAMS, Description
from appliance.integrations.webhooks.sender import AddressRefused, Sender, checked, pinned

_MOST_READ: Final = 16 * 1024


class HttpGateway:
    """``aftersales.messages.ports.Gateway``"""

    def __init__(self, description: Description, secret: Callable[[], str], sender: Sender, timeout_s: float) -> None:
        """``secret``: asked for at each attempt. ``sender``: what knows which networks may be gone to."""
        self._description = description
        self._secret = secret
        self._sender = sender
        self._timeout_s = timeout_s
        self._client = httpx.AsyncClient(
            http2=False, trust_env=False, follow_redirects=False, timeout=httpx.Timeout(timeout_s)
        )

    async def aclose(self) -> None:
        await self._client.aclose()
        await self._sender.aclose()

    async def send(self, text: Text) -> Taken:
        try:
            async with asyncio.timeout(self._timeout_s):
                response = await self._post(text)
        except AddressRefused:
            return Taken(failure=Failure.ADDRESS_REFUSED)
        except (httpx.ConnectError, httpx.ConnectTimeout):
            return Taken(failure=Failure.NOT_REACHED)
        except (httpx.HTTPError, TimeoutError):
            return Taken(failure=Failure.NO_ANSWER)
        except OSError:
            return Taken(failure=Failure.NOT_REACHED)
        return judged(self._description, *response)

    async def _post(self, text: Text) -> tuple[int, bytes]:
        described = self._description
        address = await self._sender.look(described.url)
        parts = checked(described.url)
        values = self._values(text)
        headers = {name: str(render(values)) for name, render in described.headers.items()}
        request = self._client.build_request(
            "POST",
            pinned(parts, address),
            headers={"Host": parts.netloc, "Content-Type": "application/json", **headers},
            content=msgspec.json.encode(described.body(values)),
            extensions={"sni_hostname": parts.hostname},
        )
        response = await self._client.send(request, stream=True)
        try:
            return response.status_code, await _read_a_little(response)
        finally:
            await response.aclose()

    def _values(self, text: Text) -> dict[str, Any]:
        return {
            "message_id": str(text.message_id),
            "phone": text.phone,
            "template": self._description.templates[text.template],
            "params": text.params,
            "secret": self._secret(),
            **dict.fromkeys(PARAMS, ""),
            **text.params,
        }


def judged(described: Description, status: int, content: bytes) -> Taken:
    """A gateway that fails may have taken it all the same; one that understood and says no has not."""
    answer = decode(content)
    is_said = described.success is None or as_written(dig(answer, described.success)) in described.success_words
    if httpx.codes.is_success(status) and is_said:
        return Taken(reference=as_written(dig(answer, described.reference)) if described.reference else "")
    word = as_written(dig(answer, described.code)) if described.code else ""
    is_away = httpx.codes.is_server_error(status) or status == httpx.codes.TOO_MANY_REQUESTS
    return Taken(failure=Failure.NO_ANSWER if is_away else Failure.REFUSED, word=word or str(status))


async def _read_a_little(response: httpx.Response) -> bytes:
    read = bytearray()
    async for chunk in response.aiter_bytes():
        read += chunk
        if len(read) > _MOST_READ:
            break
    return bytes(read[:_MOST_READ])
