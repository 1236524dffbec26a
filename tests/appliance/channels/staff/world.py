"""The staff API over a real database, with people who can log in."""

import sys
from dataclasses import dataclass, field
from ipaddress import ip_network
from typing import Any
from uuid import uuid4

import httpx
from litestar import Litestar

from appliance.aftersales.cases.looking import CaseLooks
from appliance.aftersales.cases.people import People
from appliance.aftersales.cases.reconciliation import Reconciliation
from appliance.aftersales.cases.service import CaseService
from appliance.aftersales.cases.settlement import Settlements
from appliance.aftersales.cases.trail import SealedTrail
from appliance.aftersales.orders.fake import FakeOrderSystem
from appliance.aftersales.policy.pack import default_pack
from appliance.aftersales.policy.versions import Versions
from appliance.channels.staff.entrance import StaffApi
from appliance.channels.staff.http import BASE
from appliance.channels.staff.policy_desk import PolicyDesk
from appliance.channels.staff.shop_desk import ShopDesk
from appliance.compliance.explorer import AuditExplorer
from appliance.compliance.keys import KeyRoom
from appliance.compliance.verification import Verification
from appliance.config import Settings, WorkSettings
from appliance.config_desk import DeskSettings
from appliance.config_reports import ReportSettings
from appliance.conversation.delivery import NoticeDelivery
from appliance.conversation.disclosure import Disclosures
from appliance.conversation.floor import Floor
from appliance.conversation.listing import ConversationLooks
from appliance.conversation.ports import ShopContext
from appliance.conversation.rulings import Rulings
from appliance.conversation.watchers import Watchers
from appliance.db import Database
from appliance.desk.customer import Customers
from appliance.dialogue.render import Persona
from appliance.identity.api_keys import ApiKeys
from appliance.identity.links import Links
from appliance.identity.refusals import Refusals
from appliance.identity.shop_clients import ClientDesk
from appliance.identity.shops import Shops
from appliance.identity.signed_clients import SignedClients
from appliance.identity.staff_account import StaffAccount
from appliance.identity.staff_admin import StaffAdmin
from appliance.identity.staff_deeds import Deeds
from appliance.identity.staff_login import StaffLogin
from appliance.identity.widgets import Widgets
from appliance.ids import ShopId
from appliance.installation.contacts import ContactBook
from appliance.installation.service import Installation
from appliance.integrations.metrics.meters import Meters
from appliance.integrations.metrics.service import Metrics
from appliance.integrations.webhooks.deliveries import DeliveryDesk
from appliance.joints.desk import DeskParts, desk_parts, desk_queue
from appliance.joints.installation import installation
from appliance.joints.masking import PersonalData
from appliance.joints.people_desks import order_desks, special_refunds, work_desk
from appliance.outbound.looking import WorkCalls
from appliance.outbound.model import Manners
from appliance.outbound.secrets import CallSecrets
from appliance.outbound.service import OutboundDesk
from appliance.reports.service import Reports
from appliance.voice.recording.playback import RecordingRoom
from appliance.web.access import COOKIE
from appliance.web.origin import Origins
from security.access.model import Principal
from security.access.permissions import ADMINISTRATORS, Role
from security.access.proposals import ClientProposals
from security.pii.analyzer import Analyzer
from security.pii.reveals import Reveals
from security.pii.vault import Vault
from tests.appliance.aftersales.work.terms import ground, work_orders
from tests.appliance.channels.staff.shared_web import Parts, reached, shared_web
from tests.appliance.dialogue.world import FLOWS, RENDERER
from tests.security.access.world import Person, World
from tests.security.audit.world import Log

ANALYZER = Analyzer()
MOST_REVEALS = 3
ADMINS = {Role.SYS_ADMIN: "sys.zhao", Role.AUDIT_ADMIN: "audit.qian", Role.SEC_ADMIN: "sec.sun"}


@dataclass
class Browser:
    """A session and what its page knows."""

    http: httpx.AsyncClient
    csrf: str = ""
    principal: Principal | None = None

    async def get(self, path: str) -> httpx.Response:
        return await self.http.get(BASE + path)

    async def post(self, path: str, body: Any = None, **headers: str) -> httpx.Response:
        return await self.call("POST", path, body, **headers)

    async def call(self, method: str, path: str, body: Any = None, **headers: str) -> httpx.Response:
        sent = {"X-CSRF-Token": self.csrf, **headers}
        return await self.http.request(method, BASE + path, json=body, headers=sent)


class Steady:
    """Nothing is revealed, and every write may be repeated under its key."""

    def __init__(self, shop: FakeOrderSystem) -> None:
        self._shop = shop

    def of(self, shop: ShopId) -> Any:  # noqa: ARG002
        return self._shop

    def repeats_safely(self, shop: ShopId, kind: Any) -> bool:  # noqa: ARG002
        return True

    def is_by_hand(self, shop: ShopId, kind: Any) -> bool:  # noqa: ARG002
        return False

    async def reveal(self, *given: Any) -> Any:
        return given[-1]

    def mask(self, words: str) -> str:
        return words


class Sides:
    """``conversation.ports.ShopContexts``"""

    def __init__(self, orders: FakeOrderSystem) -> None:
        self._context = ShopContext(persona=Persona(), orders=orders, policies=(default_pack(),))

    async def of(self, shop: ShopId) -> ShopContext:  # noqa: ARG002 (every shop has the same order system here)
        return self._context


@dataclass
class StaffWorld:
    world: World
    db: Database
    log: Log
    networks: tuple[str, ...] = ()
    people: dict[str, Person] = field(default_factory=dict)
    verify: tuple[str, ...] = (sys.executable, "-c", "raise SystemExit('nothing is checked here')")
    doctor: tuple[str, ...] = (sys.executable, "-c", "print('[]')")
    seal_s: float = 20
    """How long administrators wait for the seal of their intents."""

    def __post_init__(self) -> None:
        deeds = Deeds(self.db, self.seal_s)
        trusted = [ip_network("127.0.0.0/8")]
        self.origins = Origins(trusted, [ip_network(each) for each in self.networks])
        self._disclosed = self._disclosures(deeds)
        clock, personal = self.world.clock, PersonalData(ANALYZER, self.vault, self.world.ring)
        self.ground = ground(self.db, self.world.ring, clock, personal.mask)
        self.delivery = NoticeDelivery(self.world.ring, clock)
        self.orders = work_orders(self.ground.audit, clock, self.delivery)
        self.cases = CaseService(audit=SealedTrail(self.db), delivery=self.delivery, clock=clock, work=self.orders)
        self.shop = FakeOrderSystem(clock)
        desks = order_desks(self.ground, self.cases, Sides(self.shop), personal)
        policy = Rulings(self.db, desks)
        self.desk = self._desk(deeds, personal)
        self.api = StaffApi(
            login=StaffLogin(deeds, self.world.access, Refusals(self.db)),
            account=StaffAccount(deeds, self.world.access),
            admin=StaffAdmin(deeds, self.world.access),
            disclosures=self._disclosed,
            recordings=RecordingRoom(self.db, deeds, self.world.ring, personal.mask, ""),
            policies=PolicyDesk(self.db, deeds, Versions(clock), self.cases),
            work=work_desk(self.ground, self.orders),
            calls=WorkCalls(self.db, self._calls()),
            rulings=policy,
            customers=Customers(self.db, deeds, desks, CaseLooks(self.db)),
            special=special_refunds(self.ground, self.cases, policy, WorkSettings()),
            reconciliation=self._reconciliation(),
            people=People(db=self.db, audit=SealedTrail(self.db), settlements=self._settlements(), clock=clock),
            desk=self.desk,
            reports=Reports(self.db, clock, ReportSettings(), {}),
            explorer=AuditExplorer(self.db, deeds, self.log.directory),
            verification=Verification(self.db, deeds, self.verify),
            keys=KeyRoom(self.db, self.world.root, "file", "AES_256_GCM"),
            clients=self._clients(deeds),
            installation=self._installation(deeds, personal),
            shops=self._shops(deeds),
            clock=clock,
            origins=self.origins,
        )
        self.parts = Parts(api=self.api, deliveries=DeliveryDesk(self.db, clock, deeds))
        self.web: Litestar = shared_web()

    def _clients(self, deeds: Deeds) -> ClientDesk:
        clock, ring = self.world.clock, self.world.ring
        self.shops = Shops(self.db, ring, clock)
        keys, signed = ApiKeys(self.db, clock), SignedClients(self.db, ring, clock)
        return ClientDesk(deeds, self.shops, keys, signed, ClientProposals(clock))

    def _calls(self) -> OutboundDesk:
        return OutboundDesk(
            db=self.db,
            secrets=CallSecrets(self.world.root),
            audit=SealedTrail(self.db),
            work=self.orders,
            clock=self.world.clock,
            manners=Manners(shops=(), purposes=()),
        )

    def _reconciliation(self) -> Reconciliation:
        return Reconciliation(
            db=self.db,
            systems=Steady(self.shop),
            audit=SealedTrail(self.db),
            settlements=self._settlements(),
            cases=self.cases,
            clock=self.world.clock,
            work=self.orders,
        )

    def _settlements(self) -> Settlements:
        return Settlements(
            db=self.db,
            audit=SealedTrail(self.db),
            delivery=self.delivery,
            disclosure=Steady(self.shop),
            clock=self.world.clock,
            work=self.orders,
        )

    def _installation(self, deeds: Deeds, personal: PersonalData) -> Installation:
        self.contacts = ContactBook(self.world.clock)
        return installation(
            db=self.db,
            deeds=deeds,
            links=Links(self.db, self.world.ring),
            settings=Settings(state_dir=str(self.log.directory)),
            clock=self.world.clock,
            mask=personal.mask,
            contacts=lambda: self.contacts.known,
            book=self.contacts,
            figures=Metrics(Meters(), self.db, self.world.clock).standing,
            chat_model=None,
            is_resting=lambda: False,
            is_on_smaller=lambda: False,
            compact_version="000000000000",
            doctor=self.doctor,
        )

    def _desk(self, deeds: Deeds, personal: PersonalData) -> DeskParts:
        clock, ring = self.world.clock, self.world.ring
        floor, settings = Floor(ring, personal, clock), DeskSettings()
        return desk_parts(
            db=self.db,
            deeds=deeds,
            accounts=StaffAdmin(deeds, self.world.access),
            queue=desk_queue(settings, floor, RENDERER, clock),
            floor=floor,
            keys=ring,
            subjects=self.ground.subjects,
            personal=personal,
            flows=FLOWS,
            renderer=RENDERER,
            watchers=Watchers(),
            clock=clock,
            settings=settings,
        )

    def _shops(self, deeds: Deeds) -> ShopDesk:
        clock, ring = self.world.clock, self.world.ring
        return ShopDesk(
            db=self.db,
            deeds=deeds,
            shops=Shops(self.db, ring, clock),
            links=Links(self.db, ring),
            widgets=Widgets(self.db, clock),
            hours=self.desk.hours,
            looks=self.desk.looks,
            admin=StaffAdmin(deeds, self.world.access),
            conversations=ConversationLooks(self.db),
            clock=clock,
        )

    def _disclosures(self, deeds: Deeds) -> Disclosures:
        clock, ring = self.world.clock, self.world.ring
        self.vault = Vault(clock, uuid4)
        personal = PersonalData(ANALYZER, self.vault, ring)
        return Disclosures(self.db, deeds, ring, self.vault, personal.mask, Reveals(clock, uuid4, MOST_REVEALS))

    def browser(self, **headers: str) -> Browser:
        app: Any = reached(self.web, self.parts)
        transport = httpx.ASGITransport(app, raise_app_exceptions=False)
        return Browser(httpx.AsyncClient(transport=transport, base_url="https://appliance", headers=headers))

    async def of(self, person: Person) -> Browser:
        """Logged in over HTTP."""
        browser = self.browser()
        self.world.clock.move(seconds=30)
        step_one = await browser.post("/login", {"login": person.login, "password": person.password})
        assert step_one.status_code == 200, step_one.text
        body = {"ticket": step_one.json()["ticket"], "code": person.code()}
        step_two = await browser.post("/login/second", body)
        assert step_two.status_code == 200, step_two.text
        browser.csrf = step_two.json()["csrf_token"]
        browser.principal = await self.world.resume(browser.http.cookies[COOKIE])
        return browser

    async def as_role(self, role: Role) -> Browser:
        if role not in ADMINISTRATORS:
            sec = (await self.people["sec.li"].log_in()).principal
            return await self.of(await self.world.appoint(sec, f"{role.value}.he", role))
        return await self.of(self.people[ADMINS[role]])
