"""What web processes and workers have in common, put together from the settings."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Coroutine, Iterable
from contextlib import asynccontextmanager
from datetime import datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any
from uuid import UUID

from appliance.aftersales.cases.service import CaseService
from appliance.aftersales.cases.trail import SealedTrail
from appliance.aftersales.policy.pack import default_pack
from appliance.aftersales.policy.versions import CHANNEL as POLICY_CHANNEL
from appliance.aftersales.policy.versions import Versions
from appliance.aftersales.work.service import WorkOrders
from appliance.clock import SystemClock
from appliance.config import Settings
from appliance.conversation.delivery import NoticeDelivery
from appliance.conversation.floor import Floor
from appliance.conversation.hearing import Listening
from appliance.conversation.performer import Parts
from appliance.conversation.service import Conversations
from appliance.conversation.turns import Turns
from appliance.conversation.watchers import Watchers
from appliance.conversation.workshop import Workshop
from appliance.db import Database, Listener
from appliance.db.location import database_url
from appliance.dialogue.flow_replies import check_replies
from appliance.dialogue.knowledge import Knowledge
from appliance.dialogue.render import Persona, Renderer
from appliance.dialogue.schema import FLOWS, load_flows
from appliance.identity.links import CHANNEL as SHOP_CHANNEL
from appliance.identity.links import Links
from appliance.identity.shops import Shops
from appliance.identity.staff_access import access_control
from appliance.identity.staff_admin import StaffAdmin
from appliance.identity.staff_deeds import Deeds
from appliance.identity.widgets import Widgets
from appliance.ids import CustomerId, ShopId, uuid7
from appliance.installation import contacts, rules, rungs, upkeep
from appliance.installation.certificates import first_end
from appliance.installation.contacts import ContactBook, Contacts
from appliance.installation.model import ChoreView
from appliance.integrations.metrics.meters import Meters
from appliance.integrations.metrics.watching import PULSE_S, Watching
from appliance.integrations.telemetry.spans import Spans
from appliance.integrations.telemetry.turns import TurnTraces, Watches
from appliance.joints.compact_model import compact_model
from appliance.joints.desk import desk_parts, desk_queue
from appliance.joints.language_model import chat_of, language_model, rewording
from appliance.joints.masking import PersonalData
from appliance.joints.outbound import manners_of
from appliance.joints.people_desks import Ground, terms_of
from appliance.joints.photo_links import photo_offers
from appliance.joints.policies import PublishedPolicies
from appliance.joints.reconciliation import reconciliation, settlements_of
from appliance.joints.root_key import open_root
from appliance.joints.shop_systems import Contexts, ShopSystems
from appliance.joints.webhooks import WorkAnnouncements
from appliance.outbound.secrets import CallSecrets
from appliance.outbound.service import OutboundDesk
from appliance.outbound.wishes import CallWishes
from appliance.supervisor import egress, figures
from appliance.understanding.service import Understanding
from appliance.voice.goods import Goods
from appliance.web import log_format
from appliance.web.tls import pair_of
from models.question import Question
from security.crypto.keyring import KeyRing
from security.crypto.suites import Suite
from security.pii.analyzer import Analyzer
from security.pii.vault import Vault

_HERE = Path(__file__).parents[1]
ERASURE_CHANNEL = "subject_destroyed"
DISTRIBUTION = "aftersales-appliance"


class Core:
    """What web processes and workers have in common."""

    def __init__(
        self, settings: Settings, db: Database, meters: Meters | None = None, spans: Spans | None = None
    ) -> None:
        suite = Suite[settings.crypto.suite.name]
        self.settings = settings
        self.meters = meters or Meters()
        self.watching = Watching(self.meters)
        self.spans = spans
        self.db = db
        self.clock = SystemClock()
        self.root = open_root(settings)
        self.ring = KeyRing(self.root, suite, self.clock)
        self.shops = Shops(db, self.ring, self.clock)
        self.widgets = Widgets(db, self.clock)
        self.access = access_control(settings.access, self.ring, self.clock)
        self.policies = Versions(self.clock)
        published = PublishedPolicies(db, self.policies, default_pack())
        self.links = Links(db, self.ring)
        self.contacts = ContactBook(self.clock)
        self.goods: Goods | None = None
        """What goods are called, where somebody has begun to count it."""
        self.systems = ShopSystems(self.links, published, self.clock, settings.orders, self.contacts, self._seen)
        self.trail = SealedTrail(db)
        self.analyzer = Analyzer()
        self.analyzer.warm()
        self.vault = Vault(self.clock, uuid7)
        self.personal = PersonalData(self.analyzer, self.vault, self.ring)
        self.delivery = NoticeDelivery(self.ring, self.clock)
        terms = terms_of(settings.work)
        self.work = WorkOrders(
            audit=self.trail,
            news=self.delivery,
            announcements=WorkAnnouncements(),
            clock=self.clock,
            terms=terms,
        )
        self.cases = CaseService(audit=self.trail, delivery=self.delivery, clock=self.clock, work=self.work)
        self.settlements = settlements_of(
            settings,
            db,
            audit=self.trail,
            delivery=self.delivery,
            disclosure=self.personal,
            work=self.work,
            clock=self.clock,
        )
        self.reconciliation = reconciliation(
            db,
            self.systems,
            audit=self.trail,
            settlements=self.settlements,
            cases=self.cases,
            work=self.work,
            clock=self.clock,
        )
        renderer = Renderer.load(_HERE / "dialogue" / "replies")
        self.compact = compact_model(settings)
        self.ai_label = renderer.text("ai_label", {}, Persona())
        flows = load_flows(FLOWS)
        check_replies(flows, renderer)
        self.chat_model = chat_of(settings.llm, self._asked)
        parts = Parts(
            db=db,
            cases=self.cases,
            masking=self.personal,
            renderer=renderer,
            knowledge=Knowledge(renderer.answers()),
            rewording=rewording(self.chat_model, renderer.replies, settings.llm),
            photo_links=photo_offers(settings, self.root, self.trail, self.clock),
            records_calls=settings.recordings.is_on,
        )
        self.watchers = Watchers()
        self.floor = Floor(self.ring, self.personal, self.clock)
        self.queue = desk_queue(settings.desk, self.floor, renderer, self.clock)
        named = [f"llm/{settings.llm.model}"] if settings.llm.url else []
        named += [f"llm/{settings.llm.smaller_model}"] if settings.llm.url and settings.llm.smaller_url else []
        self.models = (*named, f"compact/{self.compact.version}")
        """What may have had a part in what is said, by name and version."""
        remote = language_model(self.chat_model, flows, settings.llm) if self.chat_model else None
        workshop = Workshop(
            parts,
            flows=flows,
            listening=Listening(Understanding(self.compact, remote), settings.mood, settings.handoff),
            shops=Contexts(self.systems),
            keys=self.ring,
            audit=self.trail,
            watchers=self.watchers,
            clock=self.clock,
            settings=settings.conversation,
            watch=Watches(self.watching, TurnTraces(spans)) if spans else self.watching,
            desk=self.queue,
        )
        self.turns = Turns(workshop)
        self.conversations = Conversations(workshop, self.turns, self.watchers)
        call_secrets = CallSecrets(self.root)
        self.call_wishes = CallWishes(db=db, secrets=call_secrets, audit=self.trail, clock=self.clock)
        self.outbound = OutboundDesk(
            db=db,
            secrets=call_secrets,
            audit=self.trail,
            work=self.work,
            clock=self.clock,
            manners=manners_of(settings),
        )
        self.deeds = Deeds(db)
        self.desk = desk_parts(
            db=db,
            deeds=self.deeds,
            accounts=StaffAdmin(self.deeds, self.access),
            queue=self.queue,
            floor=self.floor,
            keys=self.ring,
            subjects=self.conversations,
            personal=self.personal,
            flows=flows,
            renderer=renderer,
            watchers=self.watchers,
            clock=self.clock,
            settings=settings.desk,
        )
        self.ground = Ground(db, self.ring, self.conversations, self.personal.mask, self.trail, self.clock)

    @classmethod
    @asynccontextmanager
    async def open(cls, settings: Settings, name: str, process: str) -> AsyncIterator["Core"]:
        """``process``: its name in the tree, empty where it was started by hand."""
        log_format.install()
        database = settings.database
        db = await Database.open(
            database_url(settings), size=database.connections, name=f"appliance-{name}", wait_s=database.wait_s
        )
        try:
            kept = figures.folder(settings.state_path)
            spans = Spans.of(settings.telemetry, process or name, version(DISTRIBUTION))
            core = cls(settings, db, Meters.shared(kept, process) if process else None, spans)
            kept_up = [core.watching.pulse(db), core.look_for_model()]
            if process:
                kept_up.append(core.contacts.keep(kept, process))
            async with _running(*kept_up):
                yield core
            await core.conversations.finish()
            await core.systems.aclose()
            if core.chat_model is not None:
                await core.chat_model.aclose()
            if spans is not None:
                await asyncio.to_thread(spans.close)
        finally:
            await db.close()

    def _seen(self, shop: ShopId, customer: CustomerId, titles: Iterable[str]) -> None:
        """Only where calls are held: nobody else listens for the names of goods."""
        if self.goods is not None:
            self.goods.seen(shop, customer, titles)

    def known_contacts(self) -> Contacts:
        """Of all processes."""
        return contacts.read(figures.folder(self.settings.state_path), self.contacts.known)

    def order_systems_by_state(self) -> dict[str, int]:
        """Of the shops whose order system was asked, by any process."""
        now = self.clock.now()
        return Counter(rules.order_system(each, now, is_connected=True) for each in self.known_contacts().values())

    def refused_by_kind(self) -> dict[str, int]:
        """By the egress guards of all processes."""
        return egress.by_kind(egress.blocked(self.settings.state_path))

    def certificate_ends(self) -> datetime | None:
        """Of those issued here and of the web processes' own, the first that does."""
        return first_end(self.settings.state_path, pair_of(self.settings.web))

    def present_rungs(self) -> tuple[str, ...]:
        """What this machine does without now."""
        return tuple(view.rung for view in rungs.present(self.settings.state_path))

    def upkeep(self) -> tuple[ChoreView, ...]:
        """What is done by the clock, and how it went."""
        return upkeep.of(self.settings, self.clock.now())

    def is_model_resting(self) -> bool:
        """Whether any process leaves the language model's server alone."""
        return self.watching.is_resting()

    def is_on_smaller_model(self) -> bool:
        """Whether a smaller one answers in its place, in every such process."""
        return self.watching.is_on_smaller()

    async def look_for_model(self) -> None:
        """Until cancelled: a server that was left alone is seen to be back, also where nobody has a question for it."""
        while self.chat_model is not None:
            await self.chat_model.look_for()
            self.watching.resting(self.chat_model.is_resting, on_smaller=self.chat_model.is_on_smaller)
            await asyncio.sleep(PULSE_S)

    def _asked(self, question: Question) -> None:
        self.watching.asked(question)
        if self.chat_model is not None:
            self.watching.resting(self.chat_model.is_resting, on_smaller=self.chat_model.is_on_smaller)

    async def hear_of_changes(self, listener: Listener) -> None:
        """What every process forgets once another has changed it: keys of the erased, shops, policies."""
        await listener.subscribe(ERASURE_CHANNEL, self.forget_subject)
        await listener.subscribe(SHOP_CHANNEL, self.systems.changed)
        await listener.subscribe(POLICY_CHANNEL, self.systems.changed)

    async def forget_subject(self, payload: str) -> None:
        """A subject's keys were destroyed, here or elsewhere: they leave this process's memory now."""
        shop, _, subject = payload.partition("/")
        self.ring.forget(shop, UUID(subject))


@asynccontextmanager
async def _running(*work: Coroutine[Any, Any, None]) -> AsyncIterator[None]:
    """Until what is inside is over."""
    tasks = [asyncio.create_task(each) for each in work]
    try:
        yield
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
