"""Reads of the intranet API that an evaluation needs: the trace of a conversation."""

import httpx
import msgspec

from appliance.conversation.model import TraceEvent, TraceExport
from appliance.errors import Unavailable

_decode = msgspec.json.Decoder(TraceExport).decode


class IntranetClient:
    """The API key is given with each call: it names the shop."""

    def __init__(self, base_url: str, http: httpx.AsyncClient) -> None:
        self._base_url = base_url.rstrip("/")
        self._http = http

    async def trace(self, conversation_id: str, api_key: str) -> tuple[TraceEvent, ...]:
        """Every event of the log of this conversation, oldest first."""
        path = f"/api/v1/conversations/{conversation_id}/trace"
        headers = {"authorization": f"Bearer {api_key}"}
        try:
            answer = await self._http.get(self._base_url + path, headers=headers)
        except httpx.TransportError as error:
            raise Unavailable(f"no answer from {self._base_url}: {type(error).__name__}") from error
        if answer.status_code >= 400:
            raise Unavailable(f"{path} answered {answer.status_code}: {answer.text[:200]}")
        return _decode(answer.content).events
