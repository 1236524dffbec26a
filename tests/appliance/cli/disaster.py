"""A site before and after a disaster: machines that share one demo order system, and its staff."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TypeVar

import httpx

from appliance.aftersales.cases.execution import Execution, Limits
from appliance.aftersales.cases.executor import Executor
from appliance.aftersales.cases.model import Operation
from appliance.aftersales.cases.service import CaseService
from appliance.aftersales.orders.mapping import Mapping
from appliance.aftersales.orders.model import Customer
from appliance.clock import FixedClock, SystemClock
from appliance.db import Database
from appliance.identity.links import Links, OrderSystemLink
from appliance.identity.shops import Shops
from appliance.ids import ConversationId, CustomerId, OrderId, uuid7
from security.access.once import Purpose
from tests.appliance.aftersales.cases.test_over_http import Shops as Systems
from tests.appliance.aftersales.cases.test_over_http import an_order
from tests.appliance.aftersales.cases.world import SHOP, World, accept, record, return_of
from tests.appliance.aftersales.orders.conftest import ADMIN_KEY, DEMO_MAPPING, DemoStage
from tests.appliance.aftersales.work.terms import work_orders
from tests.appliance.cli.backups import Machine
from tests.security.access.world import HERE, Person
from tests.security.access.world import World as Staff

T = TypeVar("T")


class Site:
    """One shop and its order system, which survives; the appliance is whichever machine is named."""

    def __init__(self, url: str) -> None:
        self._url = url
        admin = {"X-Admin-Key": ADMIN_KEY}
        self._key = httpx.put(f"{url}/admin/shops/{SHOP}", headers=admin, json={}).json()["api_key"]

    def open(self, machine: Machine, orders: int) -> None:
        """The shop on this machine; in the order system a customer with so many orders, O0 and on."""
        link = OrderSystemLink(mapping="demo", base_url=self._url, credentials={"api_key": self._key})

        async def do(db: Database) -> None:
            await Shops(db, machine.ring(), SystemClock()).create(SHOP, "示范店")
            await Links(db, machine.ring()).connect(SHOP, link)

        in_database(machine, do)
        customer = Customer(customer_id=CustomerId("U1001"), name="林小满", phone="13900000001")
        made = [an_order(OrderId(f"O{number}")) for number in range(orders)]
        asyncio.run(self._staged(lambda stage: stage.load(customer, made)))

    def agree(self, machine: Machine, number: int, units: int = 1) -> Operation:
        """A customer's yes to the return of units of this order (it has three), as the order system shows it now."""
        read = asyncio.run(self._staged(lambda stage: stage.system.order(OrderId(f"O{number}"))))
        service, quote = self._cases(), return_of(units, order_id=read.order_id)
        here = ConversationId(uuid7())

        async def do(db: Database) -> Operation:
            await record(db, service, quote, here, read)
            return await accept(db, service, quote, here, read)

        return in_database(machine, do)

    def carry_out(self, machine: Machine, later: timedelta = timedelta(0)) -> None:
        """Everything that is due on this machine, by an executor of its own."""
        clock = FixedClock(SystemClock().now() + later)
        world = World(clock)

        async def do(db: Database) -> None:
            async def run(stage: DemoStage) -> None:
                execution = Execution(
                    db=db,
                    systems=Systems(stage.system, Mapping.load(DEMO_MAPPING)),
                    audit=world,
                    delivery=world,
                    disclosure=world,
                    clock=clock,
                    limits=Limits(),
                    work=work_orders(world, clock),
                )
                await Executor(db=db, execution=execution, clock=clock, limits=Limits()).run_due()

            await self._staged(run)

        in_database(machine, do)

    def writes(self) -> int:
        return asyncio.run(self._staged(lambda stage: stage.count_writes()))

    def has(self, operation: Operation) -> bool:
        found = asyncio.run(self._staged(lambda stage: stage.system.find_operation(operation.operation_id)))
        return found is not None

    def _cases(self) -> CaseService:
        clock = SystemClock()
        world = World(FixedClock(clock.now()))
        return CaseService(audit=world, delivery=world, clock=clock, work=work_orders(world, clock))

    async def _staged(self, do: Callable[[DemoStage], Awaitable[T]]) -> T:
        admin = httpx.AsyncClient(base_url=self._url, headers={"X-Admin-Key": ADMIN_KEY}, trust_env=False)
        async with admin:
            stage = DemoStage(self._url, SHOP, admin, self._key, Mapping.load(DEMO_MAPPING))
            try:
                return await do(stage)
            finally:
                await stage.system.aclose()


def in_database(machine: Machine, do: Callable[[Database], Awaitable[T]]) -> T:
    async def run() -> T:
        db = await Database.open(machine.url, size=3, name="test")
        try:
            return await do(db)
        finally:
            await db.close()

    return asyncio.run(run())


def states(machine: Machine) -> dict[str, str]:
    """Of each operation, by its order."""

    async def do(db: Database) -> dict[str, str]:
        async with db.transaction(SHOP) as conn:
            rows = await conn.execute(
                "SELECT c.order_id, o.state FROM operation o JOIN after_sales_case c USING (shop_id, operation_id)"
            )
            return dict(await rows.fetchall())

    return in_database(machine, do)


def hold_back(machine: Machine, operation: Operation) -> None:
    """So that this machine's executor leaves it alone."""

    async def do(db: Database) -> None:
        async with db.system() as conn:
            await conn.execute(
                "UPDATE operation SET due_at = now() + interval '1 day' WHERE operation_id = %s",
                [operation.operation_id],
            )

    in_database(machine, do)


def appoint(machine: Machine) -> dict[str, Person]:
    """A system administrator, an auditor, two security administrators."""

    async def do() -> dict[str, Person]:
        staff = Staff(machine.url, machine.home / "secrets")
        staff.clock.at = datetime.now(UTC)
        people = await staff.first_four()
        await staff.close()
        return people

    return asyncio.run(do())


def approvals(
    machine: Machine, people: dict[str, Person], file: Path, approvers: Sequence[str], after_min: int = 5
) -> Path:
    """What these people issue on this machine, with the accounts that came back with the rows."""

    async def do() -> list[str]:
        staff = Staff(machine.url, machine.home / "secrets")
        staff.clock.at = datetime.now(UTC) + timedelta(minutes=after_min)
        tokens = [await _issued(staff, people[name], people["sys.zhao"]) for name in approvers]
        await staff.close()
        return tokens

    file.write_text("".join(f"{token}\n" for token in asyncio.run(do())))
    return file


async def _issued(staff: Staff, person: Person, about: Person) -> str:
    person.world = staff
    by, issue = (await person.log_in()).principal, staff.access.changes.issue_approval
    return (await staff.do(lambda conn: issue(conn, by, Purpose.SETTLE_RESTORE, about.staff_id, HERE))).token
