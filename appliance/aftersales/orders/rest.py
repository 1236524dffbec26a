"""The order system port over REST/JSON, driven wholly by a mapping. Nothing here knows a particular order system."""

import asyncio
from collections.abc import Callable
from time import monotonic
from typing import Any

import msgspec

from appliance.aftersales.orders import listing
from appliance.aftersales.orders.answers import Judgement, Meaning, decode, judge
from appliance.aftersales.orders.credentials import Credentials
from appliance.aftersales.orders.limiter import Limiter, retry_after_s
from appliance.aftersales.orders.listing import Place
from appliance.aftersales.orders.mapping import Mapping, ReceiptRead
from appliance.aftersales.orders.model import CaseReceipt, CaseRequest, Customer, Order, Record, Spec
from appliance.aftersales.orders.notation import NotReadable
from appliance.aftersales.orders.operations import Operation, ReadName
from appliance.aftersales.orders.paths import dig, is_empty_list_there
from appliance.aftersales.orders.patience import deadline, ends_at, may_pass, pauses_s
from appliance.aftersales.orders.port import CannotFind, CannotWrite, OrderSystemRefused, OutcomeUnknown, PartlyReadable
from appliance.aftersales.orders.proofs import signer
from appliance.aftersales.orders.requests import Outgoing, Pairs
from appliance.aftersales.orders.templates import NotSendable, Values
from appliance.aftersales.orders.tls import context_of
from appliance.aftersales.orders.wire import Answer, NoAnswer, NotSent, Wire
from appliance.clock import Clock
from appliance.errors import ConfigurationError, NotFound, OrderSystemUnavailable
from appliance.ids import CustomerId, OperationId, OrderId

_NO_PLACE: Values = {"page": None, "size": None, "cursor": None, "offset": None}
_HOLDS = (429, 503)
_encode = msgspec.json.encode


class Exchange(Record, frozen=True):
    """One request that was answered, for whoever watches."""

    operation: Operation
    answer: Answer
    took_s: float


Watch = Callable[[Exchange], None]


class RestOrderSystem:
    """Implements ``OrderSystem`` for one shop."""

    def __init__(
        self, mapping: Mapping, base_url: str, credentials: Credentials, clock: Clock, watch: Watch | None = None
    ) -> None:
        if not base_url.startswith(("http://", "https://")):
            raise ConfigurationError("the order system's base URL begins with http:// or https://")
        if mapping.tls is not None and not base_url.startswith("https://"):
            raise ConfigurationError("the mapping has a section tls: the order system's base URL begins with https://")
        self._mapping = mapping
        self._base_url = base_url
        self._clock = clock
        self._watch = watch
        tls = context_of(mapping.tls, credentials) if mapping.tls is not None else None
        self._wire = Wire(base_url, mapping.connections, mapping.answer_bytes, tls)
        self._signer = signer(mapping.auth, credentials, self._wire, clock)
        self._limiter = Limiter(mapping.pace)

    async def aclose(self) -> None:
        await self._wire.aclose()

    # reads

    async def customer(self, customer_id: CustomerId) -> Customer:
        row = await self._record(ReadName.CUSTOMER, {"customer_id": customer_id})
        customer: Customer = self._readable("customer", row)
        if customer.customer_id != customer_id:
            raise OrderSystemUnavailable("customer.customer_id: not the one asked for")
        return customer

    async def order(self, order_id: OrderId) -> Order:
        row = await self._record(ReadName.ORDER, {"order_id": order_id})
        order: Order = self._readable("order", row)
        if order.order_id != order_id:
            raise OrderSystemUnavailable("order.order_id: not the one asked for")
        return order

    async def orders_of(self, customer_id: CustomerId) -> tuple[Order, ...]:
        rows = await self._rows(ReadName.ORDERS_OF, {"customer_id": customer_id})
        orders: list[Order] = []
        unreadable: list[OrderId] = []
        why = ""
        for row in rows:
            try:
                orders.append(self._readable("order", row))
            except OrderSystemUnavailable as error:
                unreadable.append(self._whose(row, customer_id))
                why = why or error.detail
        if any(order.customer_id != customer_id for order in orders):
            raise OrderSystemUnavailable("order.customer_id: not the customer asked for")
        readable = tuple(sorted(orders, key=_ordered_at, reverse=True))
        if unreadable:
            raise PartlyReadable(f"{why}; of order {unreadable[0]}", readable, tuple(unreadable))
        return readable

    def _whose(self, row: Any, customer_id: CustomerId) -> OrderId:
        """The number of an order that cannot be read whole; even so it must be this customer's."""
        try:
            named = self._mapping.readers["order"].part(row, "order_id", "customer_id")
        except NotReadable as error:
            raise OrderSystemUnavailable(str(error.within("order"))) from None
        if named["customer_id"] != customer_id:
            raise OrderSystemUnavailable("order.customer_id: not the customer asked for")
        return OrderId(named["order_id"])

    async def specs(self, sku: str) -> tuple[Spec, ...]:
        if ReadName.SPECS in self._mapping.cannot:
            return ()
        try:
            rows = await self._rows(ReadName.SPECS, {"sku": sku})
        except NotFound:
            return ()
        return tuple(self._readable("spec", row) for row in rows)

    async def find_operation(self, operation_id: OperationId) -> CaseReceipt | None:
        operation = self._mapping.reads.get(ReadName.FIND_OPERATION)
        if operation is None:
            raise CannotFind("find_operation: this order system cannot look for a write")
        try:
            answer, sent = await self._read(operation, {"operation_id": str(operation_id)}, ends_at(operation))
        except NotFound:
            return None
        if is_empty_list_there(answer, operation.answer):
            return None
        return self._receipt(operation, operation_id, answer, sent.content)

    async def _record(self, name: ReadName, values: Values) -> Any:
        operation = self._mapping.reads[name]
        answer, _ = await self._read(operation, values, ends_at(operation))
        if is_empty_list_there(answer, operation.answer):
            raise NotFound("the order system has no such thing")
        return dig(answer, operation.answer)

    async def _rows(self, name: ReadName, values: Values) -> list[Any]:
        """Every page, within one deadline and the mapping's limit of rows."""
        operation = self._mapping.reads[name]
        until = ends_at(operation)
        if operation.paging is None:
            answer, _ = await self._read(operation, {**_NO_PLACE, **values}, until)
            return self._page(operation, answer)
        rows: list[Any] = []
        place: Place | None = listing.first(operation.paging)
        async with deadline(operation):
            while place is not None:
                answer, sent = await self._read(operation, {**values, **msgspec.structs.asdict(place)}, until)
                found = self._page(operation, answer)
                rows += found
                if len(rows) > self._mapping.most_rows:
                    raise OrderSystemUnavailable(f"{name}: more than {self._mapping.most_rows} rows")
                place = listing.following(operation.paging, place, answer, sent.link, len(found))
        return rows

    def _page(self, operation: Operation, answer: Any) -> list[Any]:
        found = dig(answer, operation.answer)
        if not isinstance(found, list):
            raise OrderSystemUnavailable(f"{operation.name}: expected a list")
        return found

    async def _read(self, operation: Operation, values: Values, until: float) -> tuple[Any, Answer]:
        """The answer of a read that is done, retried within its deadline."""
        why = ""
        async with deadline(operation):
            for pause_s in pauses_s(operation):
                await asyncio.sleep(pause_s)
                try:
                    sent = await self._send(operation, values, {}, until)
                except NotSendable:
                    raise NotFound("no such id") from None
                except (NotSent, NoAnswer) as error:
                    why = str(error)
                    continue
                judgement, answer = self._judge(sent)
                if judgement.meaning is Meaning.DONE:
                    return answer, sent
                if judgement.meaning is Meaning.NOT_FOUND:
                    raise NotFound("the order system has no such thing")
                why = judgement.word or f"status {sent.status}"
                if not may_pass(sent.status):
                    break
        raise OrderSystemUnavailable(f"{operation.name}: {why}")

    # writes

    async def execute(self, request: CaseRequest) -> CaseReceipt:
        operation = self._mapping.writes.get(request.kind)
        if operation is None:
            raise CannotWrite(f"{self._mapping.name}: the mapping has no write of the kind {request.kind}")
        values = msgspec.structs.asdict(request)
        headers = {}
        if operation.is_idempotent and self._mapping.key_header:
            headers[self._mapping.key_header] = str(request.operation_id)
        try:
            async with asyncio.timeout(operation.timeouts.deadline_s):
                return await self._write(operation, request.operation_id, values, headers)
        except NotSendable:
            raise OrderSystemRefused("an id cannot be one of this order system", "unsendable") from None
        except TimeoutError:
            raise OutcomeUnknown(f"{operation.name}: no answer within {operation.timeouts.deadline_s:g} s") from None

    async def _write(
        self, operation: Operation, operation_id: OperationId, values: Values, headers: Pairs
    ) -> CaseReceipt:
        """Sent once; again only where the mapping says that a repeat is the same write."""
        may_have_arrived = False
        why = ""
        until = ends_at(operation)
        for pause_s in pauses_s(operation):
            await asyncio.sleep(pause_s)
            try:
                sent = await self._send(operation, values, headers, until)
            except NotSent as error:
                why = str(error)
                continue
            except NoAnswer as error:
                may_have_arrived, why = True, str(error)
                continue
            judgement, answer = self._judge(sent)
            why = judgement.word or f"status {sent.status}"
            match judgement.meaning:
                case Meaning.DONE:
                    return self._written(operation, operation_id, answer, sent.content)
                case Meaning.NOT_FOUND | Meaning.REFUSED:
                    if may_have_arrived:  # the first try may be what the second one ran into
                        break
                    raise OrderSystemRefused(f"{operation.name}: {why}", judgement.word or why)
                case Meaning.UNCLEAR:
                    may_have_arrived = True
                case Meaning.UNAVAILABLE:
                    pass
        if may_have_arrived:
            raise OutcomeUnknown(f"{operation.name}: {why}")
        raise OrderSystemUnavailable(f"{operation.name}: {why}")

    def _written(self, operation: Operation, operation_id: OperationId, answer: Any, content: bytes) -> CaseReceipt:
        """A write that was answered with something unreadable may well be done."""
        try:
            return self._receipt(operation, operation_id, answer, content)
        except OrderSystemUnavailable as error:
            raise OutcomeUnknown(error.detail) from error

    def _receipt(self, operation: Operation, operation_id: OperationId, answer: Any, content: bytes) -> CaseReceipt:
        reader = operation.receipt or self._mapping.readers["receipt"]
        read: ReceiptRead = _readable("receipt", reader, dig(answer, operation.answer))
        if read.operation_id is not None and read.operation_id != str(operation_id):
            raise OrderSystemUnavailable("receipt.operation_id: not the one asked for")
        return CaseReceipt(
            case_id=read.case_id,
            operation_id=operation_id,
            kind=read.kind,
            status=read.status,
            refund_fen=read.refund_fen,
            created_at=read.created_at or self._clock.now(),
            expected_at=read.expected_at,
            return_address=read.return_address,
            raw={"answer": decode(content, exact=False)},
        )

    # both

    async def _send(self, operation: Operation, values: Values, headers: Pairs, until: float) -> Answer:
        outgoing = Outgoing(
            method=operation.method,
            path=operation.path(values),
            query=operation.query(values) if operation.query else {},
            headers=headers,
            form=operation.form(values) if operation.form else None,
            json=_encode(operation.body(values)) if operation.body else b"",
        )
        if (link := values.get("link")) is not None:
            outgoing = listing.linked(outgoing, self._base_url, link)
        answer, is_worth_another_try = await self._proven(operation, outgoing, until)
        if is_worth_another_try:
            answer, _ = await self._proven(operation, outgoing, until)
        return answer

    async def _proven(self, operation: Operation, outgoing: Outgoing, until: float) -> tuple[Answer, bool]:
        """Sent in its turn and with its proof; whether that was refused and a new proof may fare better."""
        await self._limiter.take(until - monotonic())
        signed = await self._signer.sign(outgoing)
        began = monotonic()
        answer = await self._wire.exchange(signed, operation.timeouts)
        if self._watch is not None:
            self._watch(Exchange(operation=operation, answer=answer, took_s=monotonic() - began))
        if answer.status in _HOLDS and (pause_s := retry_after_s(answer.retry_after, self._clock.now())) is not None:
            self._limiter.hold(pause_s)
        return answer, answer.status == 401 and self._signer.is_worth_another_try(signed)

    def _judge(self, sent: Answer) -> tuple[Judgement, Any]:
        answer = decode(sent.content)
        return judge(self._mapping.errors, sent.status, answer), answer

    def _readable(self, record: str, row: Any) -> Any:
        return _readable(record, self._mapping.readers[record], row)


def _readable(record: str, reader: Callable[[Any], Any], row: Any) -> Any:
    try:
        return reader(row)
    except NotReadable as error:
        raise OrderSystemUnavailable(str(error.within(record))) from None


def _ordered_at(order: Order) -> float:
    at = order.created_at or order.paid_at or order.shipped_at
    return at.timestamp() if at is not None else 0.0
