"""Reads of the intranet API that an evaluation needs: the trace of a conversation."""

from typing import Any

import httpx
import msgspec

from appliance.conversation.model import TraceEvent
from appliance.errors import Unavailable

_trace = msgspec.json.Decoder(list[TraceEvent]).decode


class IntranetClient:
    def __init__(self, base_url: str, api_key: str, http: httpx.AsyncClient | None = None) -> None:
        self._base_url = base_url.rstrip("/")
        self._headers = {"authorization": f"Bearer {api_key}"}
        self._http = http or httpx.AsyncClient(timeout=30, trust_env=False)

    async def trace(self, conversation_id: str) -> list[TraceEvent]:
        """Every event of the log of this conversation, oldest first."""
        return _trace((await self.get(f"/api/v1/conversations/{conversation_id}/trace")).content)

    async def get(self, path: str, **params: Any) -> httpx.Response:
        try:
            answer = await self._http.get(self._base_url + path, headers=self._headers, params=params)
        except httpx.TransportError as error:
            raise Unavailable(f"no answer from {self._base_url}: {type(error).__name__}") from error
        if answer.status_code >= 400:
            raise Unavailable(f"{path} answered {answer.status_code}: {answer.text[:200]}")
        return answer

    async def aclose(self) -> None:
        await self._http.aclose()
