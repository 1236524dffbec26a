"""The composition root: the only place that knows every part. One function for each process of the tree."""

import asyncio
import secrets
import signal
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from importlib.metadata import version
from pathlib import Path
from typing import Any
from uuid import UUID

import psycopg
from psycopg.rows import TupleRow

from appliance.aftersales.cases.execution import Execution, Limits
from appliance.aftersales.cases.executor import CHANNEL as OPERATION_CHANNEL
from appliance.aftersales.cases.executor import Executor
from appliance.aftersales.cases.reconciliation import Reconciliation
from appliance.aftersales.cases.service import CaseService
from appliance.aftersales.cases.settlement import Settlements
from appliance.aftersales.cases.trail import SealedTrail
from appliance.aftersales.evidence.service import EvidenceRoom
from appliance.aftersales.policy.pack import default_pack
from appliance.aftersales.policy.versions import CHANNEL as POLICY_CHANNEL
from appliance.aftersales.policy.versions import Versions
from appliance.aftersales.work.jobs import Watch
from appliance.aftersales.work.service import WorkOrders
from appliance.channels.intranet.ai_label import AiLabel
from appliance.channels.intranet.http import Intranet, intranet_router
from appliance.channels.intranet.service import OrderEventIntake
from appliance.channels.intranet.store import EventJournal
from appliance.channels.intranet.work_orders import work_router
from appliance.channels.staff.entrance import StaffApi
from appliance.channels.staff.http import staff_router
from appliance.channels.staff.policy_desk import PolicyDesk
from appliance.channels.web.http import Starts, chat_router
from appliance.channels.web.service import Chat
from appliance.clock import SystemClock
from appliance.config import Profile, Settings
from appliance.conversation.delivery import DUE_CHANNEL, NoticeDelivery
from appliance.conversation.disclosure import Disclosures
from appliance.conversation.hearing import Listening
from appliance.conversation.performer import Parts
from appliance.conversation.service import Conversations
from appliance.conversation.sweep import Sweep
from appliance.conversation.turns import Turns
from appliance.conversation.watchers import CHANNEL as EVENT_CHANNEL
from appliance.conversation.watchers import Watchers
from appliance.conversation.workshop import Workshop
from appliance.db import Database, Listener
from appliance.db.location import database_url
from appliance.db.migrate import pending
from appliance.dialogue.flow_replies import check_replies
from appliance.dialogue.knowledge import Knowledge
from appliance.dialogue.render import Persona, Renderer
from appliance.dialogue.schema import FLOWS, load_flows
from appliance.identity.access_token import AccessTokens
from appliance.identity.api_keys import ApiKeys
from appliance.identity.links import CHANNEL as SHOP_CHANNEL
from appliance.identity.links import Links
from appliance.identity.refusals import Refusals
from appliance.identity.shops import Shops
from appliance.identity.signed_clients import SignedClients
from appliance.identity.staff_access import access_control, networks
from appliance.identity.staff_account import StaffAccount
from appliance.identity.staff_admin import StaffAdmin
from appliance.identity.staff_deeds import Deeds
from appliance.identity.staff_login import StaffLogin
from appliance.ids import uuid7
from appliance.integrations.webhooks.dispatcher import CHANNEL as WEBHOOK_CHANNEL
from appliance.integrations.webhooks.dispatcher import Dispatcher
from appliance.integrations.webhooks.reader import Reader
from appliance.jobs.heartbeat import Heartbeat
from appliance.jobs.queue import Jobs
from appliance.jobs.worker import Part, run_worker
from appliance.joints.audit_page import DailyPage
from appliance.joints.language_model import chat_model, language_model, rewording
from appliance.joints.masking import PersonalData
from appliance.joints.order_events import OrderEventRouter
from appliance.joints.people_desks import Ground, special_refunds, terms_of, watch_desks, work_desk
from appliance.joints.policies import PublishedPolicies
from appliance.joints.root_key import open_root
from appliance.joints.shop_systems import CaseSystems, Contexts, ShopSystems
from appliance.joints.webhooks import WebhookSecrets, webhook_sender
from appliance.supervisor.child import Child, serve
from appliance.understanding.service import Understanding
from appliance.web import log_format
from appliance.web.app import WebParts, create_web
from appliance.web.health import migrations_current
from appliance.web.origin import Origins
from appliance.web.rate import Rate
from appliance.web.server import OPTIONS as WEB_OPTIONS
from models.compact.model import CompactModel
from security.audit.file_signer import FileSigner, FileSuccession
from security.audit.forward import Forwarder, Target, tls_context
from security.audit.sealer import Sealer
from security.crypto.keyring import KeyRing
from security.crypto.suites import Suite
from security.pii.analyzer import Analyzer
from security.pii.reveals import Reveals
from security.pii.vault import Vault

HERE = Path(__file__).parent
DISTRIBUTION = "aftersales-appliance"
ERASURE_CHANNEL = "subject_destroyed"


class Core:
    """What web processes and workers have in common."""

    def __init__(self, settings: Settings, db: Database) -> None:
        suite = Suite[settings.crypto.suite.name]
        self.settings = settings
        self.db = db
        self.clock = SystemClock()
        self.root = open_root(settings)
        self.ring = KeyRing(self.root, suite, self.clock)
        self.shops = Shops(db, self.ring, self.clock)
        self.access = access_control(settings.access, self.ring, self.clock)
        self.policies = Versions(self.clock)
        published = PublishedPolicies(db, self.policies, default_pack())
        self.systems = ShopSystems(Links(db, self.ring), published, self.clock)
        self.trail = SealedTrail(db)
        analyzer = Analyzer()
        analyzer.warm()
        self.vault = Vault(self.clock, uuid7)
        self.personal = PersonalData(analyzer, self.vault, self.ring)
        self.delivery = NoticeDelivery(self.ring, self.clock)
        terms = terms_of(settings.work)
        self.work = WorkOrders(audit=self.trail, news=self.delivery, clock=self.clock, terms=terms)
        self.cases = CaseService(audit=self.trail, delivery=self.delivery, clock=self.clock, work=self.work)
        renderer = Renderer.load(HERE / "dialogue" / "replies")
        self.compact = CompactModel.load()
        self.ai_label = renderer.text("ai_label", {}, Persona())
        flows = load_flows(FLOWS)
        check_replies(flows, renderer)
        self.chat_model = chat_model(settings.llm) if settings.llm.url else None
        parts = Parts(
            db=db,
            cases=self.cases,
            masking=self.personal,
            renderer=renderer,
            knowledge=Knowledge(renderer.answers()),
            rewording=rewording(self.chat_model, renderer.replies, settings.llm),
        )
        self.watchers = Watchers()
        named = (f"llm/{settings.llm.model}",) if settings.llm.url else ()
        self.models = (*named, f"compact/{self.compact.version}")
        """What may have had a part in what is said, by name and version."""
        remote = language_model(self.chat_model, flows, settings.llm) if self.chat_model else None
        workshop = Workshop(
            parts,
            flows=flows,
            listening=Listening(Understanding(self.compact, remote), settings.mood),
            shops=Contexts(self.systems),
            keys=self.ring,
            audit=self.trail,
            watchers=self.watchers,
            clock=self.clock,
            settings=settings.conversation,
        )
        self.turns = Turns(workshop)
        self.conversations = Conversations(workshop, self.turns, self.watchers)
        self.ground = Ground(db, self.ring, self.conversations, self.personal.mask, self.trail, self.clock)

    @classmethod
    @asynccontextmanager
    async def open(cls, settings: Settings, name: str) -> AsyncIterator["Core"]:
        log_format.install()
        database = settings.database
        db = await Database.open(
            database_url(settings), size=database.connections, name=f"appliance-{name}", wait_s=database.wait_s
        )
        try:
            core = cls(settings, db)
            yield core
            await core.conversations.finish()
            await core.systems.aclose()
            if core.chat_model is not None:
                await core.chat_model.aclose()
        finally:
            await db.close()

    async def forget_subject(self, payload: str) -> None:
        """A subject's keys were destroyed, here or elsewhere: they leave this process's memory now."""
        shop, _, subject = payload.partition("/")
        self.ring.forget(shop, UUID(subject))


async def web(child: Child) -> None:
    """Chat, intranet API, documentation and health, until told to stop."""
    async with AsyncExitStack() as open_parts:
        core = await open_parts.enter_async_context(Core.open(child.settings, "web"))
        listener = Listener(database_url(child.settings), on_reconnect=core.watchers.wake_all)
        await open_parts.enter_async_context(listener)
        await listener.subscribe(EVENT_CHANNEL, core.watchers.heard)
        await listener.subscribe(ERASURE_CHANNEL, core.forget_subject)
        await listener.subscribe(SHOP_CHANNEL, core.systems.changed)
        await listener.subscribe(POLICY_CHANNEL, core.systems.changed)
        app: Any = create_web(web_parts(core))
        await serve(app, child, **WEB_OPTIONS)


def web_parts(core: Core) -> WebParts:
    api_keys = ApiKeys(core.db, core.clock)
    limits = core.settings.limits
    calls = Rate(limits.client_calls_per_min)
    chat = Chat(
        conversations=core.conversations,
        images=EvidenceRoom(core.db, core.ring, core.conversations, core.clock),
        shops=core.shops,
        tokens=AccessTokens(core.root, core.clock),
        clock=core.clock,
        messages=Rate(limits.messages_per_min),
        is_evaluation=core.settings.profile is Profile.EVALUATION,
    )
    intake = OrderEventIntake(
        events=OrderEventRouter(core.db, core.cases, core.systems),
        journal=EventJournal(core.db, core.clock),
        shops=core.shops,
        clock=core.clock,
        calls=calls,
    )
    signed = SignedClients(core.db, core.ring, core.clock)
    ai_label = AiLabel(producer=core.settings.ai_label_producer, in_words=core.ai_label, models=core.models)
    refusals = Refusals(core.db)
    staff = _staff_api(core, refusals)
    intranet = Intranet(
        clients=api_keys,
        signed=signed,
        traces=core.conversations,
        ai_label=ai_label,
        intake=intake,
        refusals=refusals,
        calls=calls,
        origins=staff.origins,
    )
    starts = Starts(Rate(limits.starts_per_min), staff.origins)

    async def database() -> None:
        async with core.db.system() as conn:
            await conn.execute("SELECT 1")

    return WebParts(
        routers=[
            chat_router(chat, starts),
            intranet_router(intranet),
            work_router(intranet, staff.work),
            staff_router(staff),
        ],
        gate=staff.login,
        origins=staff.origins,
        checks={
            "database": database,
            "migrations": migrations_current(lambda: pending(database_url(core.settings))),
        },
        version=version(DISTRIBUTION),
    )


def _staff_api(core: Core, refusals: Refusals) -> StaffApi:
    settings, deeds = core.settings.access, Deeds(core.db)
    return StaffApi(
        login=StaffLogin(deeds, core.access, refusals),
        account=StaffAccount(deeds, core.access),
        admin=StaffAdmin(deeds, core.access),
        disclosures=Disclosures(
            core.db,
            deeds,
            core.ring,
            core.vault,
            core.personal.mask,
            Reveals(core.clock, uuid7, settings.reveals_per_hour),
        ),
        policies=PolicyDesk(core.db, deeds, core.policies, core.cases),
        work=work_desk(core.ground, core.work),
        special=special_refunds(core.ground, core.cases, Contexts(core.systems), core.settings.work),
        origins=Origins(
            networks(settings.trusted_proxies, "access.trusted_proxies"),
            networks(settings.networks, "access.networks"),
            networks(settings.certificate_proxies, "access.certificate_proxies"),
        ),
    )


async def worker(child: Child) -> None:
    """Seals the audit log, carries out operations, takes up conversations, runs jobs; until told to stop."""
    stop = _stop_on_signals()
    settings = child.settings
    async with AsyncExitStack() as open_parts:
        core = await open_parts.enter_async_context(Core.open(settings, "worker"))
        execution = Execution(
            db=core.db,
            systems=CaseSystems(core.systems),
            audit=core.trail,
            delivery=core.delivery,
            disclosure=core.personal,
            clock=core.clock,
            limits=Limits(),
            work=core.work,
        )
        executor = Executor(db=core.db, execution=execution, clock=core.clock, limits=Limits())
        sweep = Sweep(core.db, core.turns, core.clock)

        webhooks = webhook_dispatcher(core)

        async def catch_up() -> None:
            await executor.wake()
            await webhooks.reader.compare()
            await sweep.once()

        listener = Listener(database_url(settings), on_reconnect=catch_up)
        await open_parts.enter_async_context(listener)
        await listener.subscribe(OPERATION_CHANNEL, executor.wake)
        await listener.subscribe(DUE_CHANNEL, sweep.heard)
        await listener.subscribe(ERASURE_CHANNEL, core.forget_subject)
        await listener.subscribe(SHOP_CHANNEL, core.systems.changed)
        await listener.subscribe(POLICY_CHANNEL, core.systems.changed)
        await listener.subscribe(EVENT_CHANNEL, webhooks.reader.heard)
        await listener.subscribe(WEBHOOK_CHANNEL, webhooks.wake)
        child.ready()
        await run_worker(
            {
                **_audit_parts(core),
                "executor": executor.run,
                "conversations": sweep.run,
                "jobs": _jobs(core, webhooks).run,
                "webhooks": webhooks.run,
                "heartbeat": Heartbeat(core.db, core.clock).run,
            },
            stop,
        )


def webhook_dispatcher(core: Core) -> Dispatcher:
    secrets = WebhookSecrets(core.shops, core.clock)
    sender = webhook_sender(core.settings.webhooks)
    return Dispatcher(core.db, Reader(core.db, core.clock), sender, secrets, core.clock)


def _audit_parts(core: Core) -> dict[str, Part]:
    """The sealer; and what hands records on, where a collector is named."""
    audit = core.settings.audit

    async def connect() -> psycopg.AsyncConnection[TupleRow]:
        return await psycopg.AsyncConnection.connect(
            database_url(core.settings), autocommit=True, application_name="appliance-audit"
        )

    directory = core.settings.audit_path
    directory.mkdir(mode=0o700, parents=True, exist_ok=True)
    key = core.settings.state_path / "secrets" / "audit.key"
    sealer = Sealer(connect, directory, FileSigner(key), core.clock, succession=FileSuccession(key))
    if not audit.forward_to:
        return {"sealer": sealer.run}
    tls = tls_context(audit.forward_authority, audit.forward_certificate)
    return {
        "sealer": sealer.run,
        "forwarder": Forwarder(connect, Target.of(audit.forward_to), core.clock, tls).run,
    }


def _jobs(core: Core, webhooks: Dispatcher) -> Jobs:
    jobs = Jobs(database_url(core.settings), at_once=core.settings.worker.executors)
    reconciliation = Reconciliation(
        db=core.db,
        systems=CaseSystems(core.systems),
        audit=core.trail,
        settlements=Settlements(
            db=core.db,
            audit=core.trail,
            delivery=core.delivery,
            disclosure=core.personal,
            clock=core.clock,
            work=core.work,
        ),
        clock=core.clock,
        work=core.work,
    )

    async def reconcile() -> None:
        await reconciliation.reconcile_all()

    async def keep_staff_tidy() -> None:
        async with core.db.system() as conn:
            await core.access.installation.keep_tidy(conn)

    jobs.every("*/5 * * * *", "cases.reconcile", reconcile)
    special = special_refunds(core.ground, core.cases, Contexts(core.systems), core.settings.work)
    watch_desks(jobs, Watch(db=core.db, orders=core.work, clock=core.clock), special)
    jobs.every("10 16 * * *", "audit.print_checkpoint", DailyPage(core.db, core.settings.audit_path, core.clock).write)
    jobs.every("7 * * * *", "staff.keep_tidy", keep_staff_tidy)
    jobs.every("37 4 * * *", "webhooks.forget_old", webhooks.forget_old)
    return jobs


def _stop_on_signals() -> asyncio.Event:
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    return stop


async def order_system(child: Child) -> None:
    """The demo order system: its own process, its own storage, nothing of the appliance's."""
    from appliance.demo.order_system.app import create_app
    from appliance.demo.order_system.server import OPTIONS

    folder = child.settings.state_path / "order-system"
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    key_path = child.settings.state_path / "secrets" / "order-system-admin.key"
    app: Any = create_app(folder / "orders.sqlite", admin_key(key_path))
    await serve(app, child, **OPTIONS)


def admin_key(path: Path) -> str:
    """Of the demo order system; made on first use."""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    if not path.exists():
        path.touch(mode=0o600)
        path.write_text(secrets.token_urlsafe(32), encoding="utf-8")
    return path.read_text(encoding="utf-8").strip()
