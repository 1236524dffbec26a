"""The client: ``Client`` answers, ``AsyncClient`` is awaited. They have the same operations (``Operations``)."""

import ssl
from collections.abc import AsyncIterator, Callable, Iterator
from typing import Any, Self, TypeVar

import httpx
from tenacity import AsyncRetrying, Retrying

from aftersales_client import calls
from aftersales_client.calls import Call
from aftersales_client.exchange import Exchange, lost
from aftersales_client.faces import Every, Operation, Page
from aftersales_client.memory import Memory
from aftersales_client.patience import PATIENCE, Patience

T = TypeVar("T")


class Operations:
    """What may be asked. Named as ``operationId`` in the API's document; ``every_…`` leafs through a list."""

    report_event = Operation(calls.report_event)
    report_signed_event = Operation(calls.report_signed_event)
    push_event = Operation(calls.push_event)
    list_cases = Operation(calls.list_cases)
    every_case = Every(calls.list_cases)
    read_case = Operation(calls.read_case)
    explain_decision = Operation(calls.explain_decision)
    list_conversations = Operation(calls.list_conversations)
    every_conversation = Every(calls.list_conversations)
    trace = Operation(calls.trace)
    list_work_orders = Operation(calls.list_work_orders)
    every_work_order = Every(calls.list_work_orders)
    open_work_order = Operation(calls.open_work_order)
    read_work_order = Operation(calls.read_work_order)
    move_work_order = Operation(calls.move_work_order)
    list_comments = Operation(calls.list_comments)
    comment = Operation(calls.comment)
    refuse_calls = Operation(calls.refuse_calls)
    allow_calls = Operation(calls.allow_calls)
    look_up_call_refusal = Operation(calls.look_up_call_refusal)


class _Client(Operations):
    def __init__(self, url: str, credential: httpx.Auth | None, patience: Patience, remember: int) -> None:
        self._exchange = Exchange(url, Memory(remember))
        self._credential = credential or httpx.Auth()
        self._patience = patience

    def _rules(self, call: Call[Any]) -> dict[str, Any]:
        return self._patience.rules(is_repeatable=call.is_repeatable)


class Client(_Client):
    """Blocking; may be shared by threads.

    ``url``: the appliance, such as ``https://appliance.intranet``. ``credential``: ``ApiKey`` or ``Signing``.
    ``tls``: what ``mutual_tls`` made, or another context. ``patience``: when a call is made again. ``remember``: of how
    many addresses the last answer is kept, so that it is not sent again while it stands; do not change what is inside.
    ``http``: a client of your own, which you close.
    """

    def __init__(
        self,
        url: str,
        credential: httpx.Auth | None = None,
        *,
        tls: ssl.SSLContext | bool = True,
        timeout_s: float = 30,
        patience: Patience = PATIENCE,
        remember: int = 100,
        http: httpx.Client | None = None,
    ) -> None:
        super().__init__(url, credential, patience, remember)
        self._http = http or httpx.Client(verify=tls, timeout=timeout_s, trust_env=False)
        self._is_own = http is None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        if self._is_own:
            self._http.close()

    def ask(self, call: Call[T]) -> T:
        answer: T = Retrying(**self._rules(call))(self._once, call)
        return answer

    def leaf_through(self, call: Callable[..., Call[Page[T]]]) -> Callable[..., Iterator[T]]:
        def every(**wanted: Any) -> Iterator[T]:
            while True:
                page = self.ask(call(**wanted))
                yield from page.items
                if page.cursor is None:
                    return
                wanted["cursor"] = page.cursor

        return every

    def _once(self, call: Call[T]) -> T:
        asked = self._exchange.ask(self._http, call)
        try:
            answer = self._http.send(asked.request, auth=call.proof or self._credential)
        except httpx.TransportError as error:
            raise lost(call, error) from error
        return self._exchange.understand(call, asked, answer)


class AsyncClient(_Client):
    """Awaited; for one event loop. Everything else is as with ``Client``."""

    def __init__(
        self,
        url: str,
        credential: httpx.Auth | None = None,
        *,
        tls: ssl.SSLContext | bool = True,
        timeout_s: float = 30,
        patience: Patience = PATIENCE,
        remember: int = 100,
        http: httpx.AsyncClient | None = None,
    ) -> None:
        super().__init__(url, credential, patience, remember)
        self._http = http or httpx.AsyncClient(verify=tls, timeout=timeout_s, trust_env=False)
        self._is_own = http is None

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.aclose()

    async def aclose(self) -> None:
        if self._is_own:
            await self._http.aclose()

    async def ask(self, call: Call[T]) -> T:
        return await AsyncRetrying(**self._rules(call))(self._once, call)

    def leaf_through(self, call: Callable[..., Call[Page[T]]]) -> Callable[..., AsyncIterator[T]]:
        async def every(**wanted: Any) -> AsyncIterator[T]:
            while True:
                page = await self.ask(call(**wanted))
                for item in page.items:
                    yield item
                if page.cursor is None:
                    return
                wanted["cursor"] = page.cursor

        return every

    async def _once(self, call: Call[T]) -> T:
        asked = self._exchange.ask(self._http, call)
        try:
            answer = await self._http.send(asked.request, auth=call.proof or self._credential)
        except httpx.TransportError as error:
            raise lost(call, error) from error
        return self._exchange.understand(call, asked, answer)
