"""The demo order system's administrator, as an evaluation needs it: shops, fixtures, and what was written."""

from collections.abc import Sequence
from typing import Any

import httpx
import msgspec

from appliance.errors import InvalidInput, Unavailable
from appliance.evaluation.model import ReceivedCase


class _Written(msgspec.Struct, frozen=True, kw_only=True):
    idempotency_key: str
    case: dict[str, Any]


class _Counters(msgspec.Struct, frozen=True, kw_only=True):
    order_system_writes: int


class OrderSystemAdmin:
    def __init__(self, base_url: str, admin_key: str, http: httpx.AsyncClient | None = None) -> None:
        self._http = http or httpx.AsyncClient(timeout=30, trust_env=False)
        self._base_url = base_url.rstrip("/")
        self._headers = {"x-admin-key": admin_key}

    async def open_shop(self, shop: str, api_key: str, **settings: Any) -> None:
        await self._call("PUT", f"/admin/shops/{shop}", {"api_key": api_key, **settings})

    async def change_shop(self, shop: str, **settings: Any) -> None:
        await self._call("PUT", f"/admin/shops/{shop}", settings)

    async def move_case(self, shop: str, case_id: str, step: str) -> None:
        """``goods_received`` ``inspected`` ``refunded`` ``reshipped`` ``withdrawn`` ``rejected``"""
        await self._call("POST", f"/admin/shops/{shop}/cases/{case_id}/{step}", {})

    async def load(self, shop: str, fixtures: dict[str, Any]) -> None:
        await self._call("POST", f"/admin/shops/{shop}/fixtures", fixtures)

    async def clear(self, shop: str) -> None:
        """Forget its customers, orders and writes; the shop and its key stay."""
        await self._call("DELETE", f"/admin/shops/{shop}/data")

    async def drop_shop(self, shop: str) -> None:
        await self._call("DELETE", f"/admin/shops/{shop}")

    async def hang_faults(self, shop: str, faults: dict[str, Any]) -> None:
        await self._call("PUT", f"/admin/shops/{shop}/faults", faults)

    async def received(self, shop: str) -> tuple[Sequence[ReceivedCase], int]:
        """Every write, oldest first, and how many there were: repeats of one idempotency key count once."""
        written = msgspec.json.decode(await self._call("GET", f"/admin/shops/{shop}/writes"), type=list[_Written])
        counted = msgspec.json.decode(await self._call("GET", f"/admin/shops/{shop}/counters"), type=_Counters)
        cases = [msgspec.convert({"operation_id": w.idempotency_key} | w.case, ReceivedCase) for w in written]
        return cases, counted.order_system_writes

    async def _call(self, method: str, path: str, body: Any = None) -> bytes:
        content = None if body is None else msgspec.json.encode(body)
        headers = self._headers | ({} if content is None else {"content-type": "application/json"})
        try:
            answer = await self._http.request(method, self._base_url + path, content=content, headers=headers)
        except httpx.TransportError as error:
            raise Unavailable(f"the demo order system does not answer: {type(error).__name__}") from error
        if answer.status_code >= 400:
            raise InvalidInput(f"the demo order system refused {path}: {answer.status_code} {answer.text[:300]}")
        return answer.content
