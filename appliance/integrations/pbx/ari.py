"""Asterisk's REST interface: one POST makes one call. Bounded in time; it follows nothing and asks no proxy.

The channel's id is the attempt's: asked for twice, it is made once. What was not answered may have been done, and is
left to the dialplan and to time to tell.
"""

import asyncio
import contextlib
from typing import Final
from uuid import UUID

import httpx
import msgspec

from appliance.integrations.pbx.dial import Plan, check
from appliance.integrations.webhooks.sender import AddressRefused, Sender, checked, pinned
from appliance.outbound.model import Dial
from appliance.outbound.ports import NotPlaced

TIMEOUT_S: Final = 10.0


class Ari:
    """``outbound.ports.Pbx``"""

    def __init__(self, url: str, user: str, password: str, plan: Plan, sender: Sender) -> None:
        """``url``: up to and with ``/ari``. ``sender``: what knows which networks it may lie in."""
        self._url = f"{url.rstrip('/')}/channels"
        self._plan = plan
        self._sender = sender
        self._client = httpx.AsyncClient(
            http2=False,
            trust_env=False,
            follow_redirects=False,
            timeout=httpx.Timeout(TIMEOUT_S),
            auth=httpx.BasicAuth(user, password),
        )

    async def aclose(self) -> None:
        await self._client.aclose()
        await self._sender.aclose()

    async def place(self, dial: Dial) -> None:
        check(dial)
        try:
            async with asyncio.timeout(TIMEOUT_S):
                status = await self._post(dial)
        except AddressRefused as refused:
            raise NotPlaced("outbound.ari_url lies in none of outbound.networks") from refused
        except (httpx.ConnectError, httpx.ConnectTimeout) as lost:
            raise NotPlaced("the switchboard's REST interface cannot be reached") from lost
        except (TimeoutError, httpx.HTTPError):
            return
        except OSError as lost:
            raise NotPlaced("the switchboard's name has no address") from lost
        if status == httpx.codes.CONFLICT or httpx.codes.is_success(status) or httpx.codes.is_server_error(status):
            return
        raise NotPlaced(f"the switchboard answered {status}")

    async def take_back(self, attempt_id: UUID) -> None:
        """Whatever comes of it: a channel that is not there any more is as good as hung up."""
        with contextlib.suppress(AddressRefused, TimeoutError, httpx.HTTPError, OSError):
            async with asyncio.timeout(TIMEOUT_S):
                parts = checked(self._url)
                address = await self._sender.look(self._url)
                await self._client.delete(
                    f"{pinned(parts, address)}/{attempt_id}",
                    headers={"Host": parts.netloc},
                    extensions={"sni_hostname": parts.hostname},
                )

    async def _post(self, dial: Dial) -> int:
        parts = checked(self._url)
        context, extension = self._plan.place
        query = {
            "endpoint": self._plan.channel(dial),
            "context": context,
            "extension": extension,
            "priority": "1",
            "timeout": str(self._plan.wait_s),
            "channelId": str(dial.attempt_id),
        }
        if self._plan.caller_number:
            query["callerId"] = self._plan.caller_number
        response = await self._client.post(
            pinned(parts, await self._sender.look(self._url)),
            params=query,
            headers={"Host": parts.netloc, "Content-Type": "application/json"},
            content=msgspec.json.encode({"variables": self._plan.variables(dial)}),
            extensions={"sni_hostname": parts.hostname},
        )
        return response.status_code
