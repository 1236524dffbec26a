"""The web process: chat, the intranet API, the staff API, documentation and health."""

import sys
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from importlib.metadata import version
from typing import Any

from appliance.aftersales.cases.looking import CaseLooks
from appliance.aftersales.cases.own_word import OwnWord
from appliance.aftersales.cases.people import People
from appliance.aftersales.evidence.service import EvidenceRoom
from appliance.aftersales.photo_links.secrets import LinkSecrets
from appliance.aftersales.photo_links.service import PhotoDesk
from appliance.aftersales.work.store import CHANNEL as WORK_CHANNEL
from appliance.app.core import DISTRIBUTION, Core
from appliance.app.probes import checks, origins
from appliance.channels.intranet.ai_label import AiLabel
from appliance.channels.intranet.allowance import Allowances
from appliance.channels.intranet.call_refusals import call_refusals_router
from appliance.channels.intranet.http import Intranet, intranet_router
from appliance.channels.intranet.reads import Reads, reads_router
from appliance.channels.intranet.service import OrderEventIntake
from appliance.channels.intranet.store import EventJournal
from appliance.channels.intranet.work_orders import work_router
from appliance.channels.page_call.http import call_router
from appliance.channels.page_call.relay import Exchange
from appliance.channels.photos.http import PhotoDoor, photo_router
from appliance.channels.staff.console import ConsolePages, console_router
from appliance.channels.staff.entrance import StaffApi
from appliance.channels.staff.http import staff_router
from appliance.channels.staff.policy_desk import PolicyDesk
from appliance.channels.staff.shop_desk import ShopDesk
from appliance.channels.web.http import Starts, chat_router
from appliance.channels.web.pages import Pages
from appliance.channels.web.service import Chat
from appliance.channels.web.widget import Scripts, Wardrobe, script_router
from appliance.compliance.explorer import AuditExplorer
from appliance.compliance.keys import KeyRoom
from appliance.compliance.verification import Verification
from appliance.config import Profile
from appliance.conversation.disclosure import Disclosures
from appliance.conversation.listing import ConversationLooks
from appliance.conversation.rulings import Rulings
from appliance.conversation.watchers import CHANNEL as EVENT_CHANNEL
from appliance.db import Listener
from appliance.db.location import database_url
from appliance.demo.shop.http import shop_router
from appliance.demo.shop.model import SHOP as DEMO_SHOP
from appliance.desk.customer import Customers
from appliance.desk.store import CHANNEL as DESK_CHANNEL
from appliance.desk.store import TYPING_CHANNEL
from appliance.identity.access_token import AccessTokens
from appliance.identity.api_keys import ApiKeys
from appliance.identity.client_looks import ClientLooks
from appliance.identity.links import CHANNEL as SHOP_CHANNEL
from appliance.identity.refusals import Refusals
from appliance.identity.shop_clients import ClientDesk
from appliance.identity.signed_clients import SignedClients
from appliance.identity.staff_account import StaffAccount
from appliance.identity.staff_admin import StaffAdmin
from appliance.identity.staff_login import StaffLogin
from appliance.ids import uuid7
from appliance.integrations.metrics.http import Monitoring, metrics_router
from appliance.integrations.metrics.service import Metrics
from appliance.integrations.metrics.token import MonitorToken
from appliance.integrations.webhooks.deliveries import DeliveryDesk
from appliance.integrations.webhooks.http import deliveries_router
from appliance.joints.desk import DeskPeople
from appliance.joints.installation import installation
from appliance.joints.order_events import OrderEventRouter
from appliance.joints.people_desks import order_desks, special_refunds, work_desk
from appliance.joints.photo_links import PhotoTalk
from appliance.joints.photo_links import terms_of as photo_terms
from appliance.joints.shop_systems import Contexts
from appliance.outbound.looking import WorkCalls
from appliance.reports.service import Reports
from appliance.supervisor.child import Child, serve
from appliance.supervisor.model import Address
from appliance.supervisor.processes import PHONE
from appliance.voice.recording.playback import RecordingRoom
from appliance.web.app import WebParts, create_web
from appliance.web.origin import Origins
from appliance.web.rate import Rate
from appliance.web.server import OPTIONS as WEB_OPTIONS
from appliance.web.tls import Tls, following
from security.access.proposals import ClientProposals
from security.pii.reveals import Reveals

DOCTOR = (sys.executable, "-m", "appliance.cli.main", "doctor", "--json")
VERIFY = (sys.executable, "-m", "appliance.cli.main", "audit", "verify", "--json", "--progress")


async def web(child: Child) -> None:
    """Chat, intranet API, documentation and health, until told to stop."""
    async with AsyncExitStack() as open_parts:
        core = await open_parts.enter_async_context(Core.open(child.settings, "web", child.name))
        await open_parts.enter_async_context(listening(core))
        app: Any = create_web(web_parts(core, child.addresses.get(PHONE)))
        options = dict(WEB_OPTIONS)
        if (tls := Tls.of(child.settings.web)) is not None:
            options["ssl_context_factory"] = lambda *_: tls.context
            await open_parts.enter_async_context(following(tls))
        await serve(app, child, Address(child.settings.web.host, child.settings.web.port), **options)


@asynccontextmanager
async def listening(core: Core) -> AsyncIterator[None]:
    """What other processes commit reaches the sockets of this one."""

    async def wake_all() -> None:
        await core.watchers.wake_all()
        await core.desk.watchers.wake_all()

    async with Listener(database_url(core.settings), on_reconnect=wake_all) as listener:
        await listener.subscribe(EVENT_CHANNEL, core.watchers.heard)
        await listener.subscribe(EVENT_CHANNEL, core.desk.watchers.moved)
        await listener.subscribe(TYPING_CHANNEL, core.watchers.typed)
        await listener.subscribe(DESK_CHANNEL, core.desk.watchers.heard)
        await listener.subscribe(WORK_CHANNEL, core.desk.watchers.heard_of_work)
        await listener.subscribe(SHOP_CHANNEL, core.widgets.changed)
        await core.hear_of_changes(listener)
        yield


def web_parts(core: Core, phone: str | None = None) -> WebParts:
    """``phone``: where calls of pages are held; None: nowhere."""
    api_keys = ApiKeys(core.db, core.clock)
    limits = core.settings.limits
    calls = Allowances(core.db, core.clock, limits.client_calls_per_min)
    tokens = AccessTokens(core.root, core.clock)
    exchange = Exchange(address=phone, tokens=tokens, widgets=core.widgets)
    chat = Chat(
        conversations=core.conversations,
        people=DeskPeople(core.desk),
        images=EvidenceRoom(core.db, core.ring, core.conversations, core.clock),
        shops=core.shops,
        tokens=tokens,
        clock=core.clock,
        messages=Rate(limits.messages_per_min),
        is_evaluation=core.settings.profile is Profile.EVALUATION,
    )
    intake = OrderEventIntake(
        events=OrderEventRouter(core.db, core.cases, core.systems, OwnWord(core.db, core.settlements, core.clock)),
        journal=EventJournal(core.db, core.clock),
        shops=core.shops,
        clock=core.clock,
        calls=calls,
    )
    signed = SignedClients(core.db, core.ring, core.clock)
    ai_label = AiLabel(producer=core.settings.ai_label_producer, in_words=core.ai_label, models=core.models)
    refusals = Refusals(core.db)
    metrics = Metrics(
        core.meters,
        core.db,
        core.clock,
        core.refused_by_kind,
        core.certificate_ends,
        core.present_rungs,
        core.order_systems_by_state,
        core.upkeep,
    )
    clients = ClientDesk(core.deeds, core.shops, api_keys, signed, ClientProposals(core.clock))
    staff = _staff_api(core, refusals, clients, metrics)
    intranet = Intranet(
        clients=api_keys,
        signed=signed,
        traces=core.conversations,
        ai_label=ai_label,
        intake=intake,
        refusals=refusals,
        looks=ClientLooks(core.db),
        calls=calls,
        origins=staff.origins,
    )
    monitoring = Monitoring(
        metrics=metrics, token=MonitorToken.of(core.settings), origins=staff.origins, refusals=refusals
    )
    starts = Starts(Rate(limits.starts_per_min), staff.origins)
    return WebParts(
        routers=[
            chat_router(
                chat,
                starts,
                Pages(core.widgets),
                Wardrobe(core.widgets, core.ai_label, takes_calls=exchange.takes_calls),
            ),
            call_router(exchange),
            script_router(Scripts.read()),
            photo_router(_photo_door(core, staff.origins)),
            intranet_router(intranet),
            work_router(intranet, staff.work),
            call_refusals_router(intranet, core.call_wishes),
            reads_router(intranet, Reads(CaseLooks(core.db), ConversationLooks(core.db))),
            staff_router(staff),
            deliveries_router(DeliveryDesk(core.db, core.clock, core.deeds), staff.origins),
            console_router(ConsolePages(staff.origins)),
            metrics_router(monitoring),
            *([] if core.settings.profile is Profile.PRODUCTION else [shop_router(core.shops, core.clock)]),
        ],
        gate=staff.login,
        answered=core.watching.answered,
        origins=staff.origins,
        checks=checks(core),
        version=version(DISTRIBUTION),
    )


def _staff_api(core: Core, refusals: Refusals, clients: ClientDesk, metrics: Metrics) -> StaffApi:
    settings, deeds = core.settings.access, core.deeds
    admin = StaffAdmin(deeds, core.access)
    desks = order_desks(core.ground, core.cases, Contexts(core.systems), core.personal)
    policy = Rulings(core.db, desks)
    return StaffApi(
        login=StaffLogin(deeds, core.access, refusals),
        account=StaffAccount(deeds, core.access),
        admin=admin,
        disclosures=Disclosures(
            core.db,
            deeds,
            core.ring,
            core.vault,
            core.personal.mask,
            Reveals(core.clock, uuid7, settings.reveals_per_hour),
        ),
        recordings=RecordingRoom(core.db, deeds, core.ring, core.personal.mask, core.settings.ai_label_producer),
        policies=PolicyDesk(core.db, deeds, core.policies, core.cases),
        work=work_desk(core.ground, core.work),
        calls=WorkCalls(core.db, core.outbound),
        rulings=policy,
        customers=Customers(core.db, deeds, desks, CaseLooks(core.db)),
        special=special_refunds(core.ground, core.cases, policy, core.settings.work),
        reconciliation=core.reconciliation,
        people=People(db=core.db, audit=core.trail, settlements=core.settlements, clock=core.clock),
        desk=core.desk,
        reports=Reports(core.db, core.clock, core.settings.reports, core.queue.terms.targets),
        explorer=AuditExplorer(core.db, deeds, core.settings.audit_path),
        verification=Verification(core.db, deeds, VERIFY),
        keys=KeyRoom(core.db, core.root, core.settings.keys.provider, core.settings.crypto.suite.name),
        clients=clients,
        installation=installation(
            db=core.db,
            deeds=deeds,
            links=core.links,
            settings=core.settings,
            clock=core.clock,
            mask=core.personal.mask,
            contacts=core.known_contacts,
            book=core.contacts,
            figures=metrics.standing,
            chat_model=core.chat_model,
            is_resting=core.is_model_resting,
            is_on_smaller=core.is_on_smaller_model,
            compact_version=core.compact.version,
            doctor=DOCTOR,
        ),
        shops=_shop_desk(core, admin),
        demo_shop=None if core.settings.profile is Profile.PRODUCTION else DEMO_SHOP,
        clock=core.clock,
        origins=origins(settings),
    )


def _photo_door(core: Core, origins: Origins) -> PhotoDoor:
    desk = PhotoDesk(
        db=core.db,
        secrets=LinkSecrets(core.root),
        pictures=EvidenceRoom(core.db, core.ring, core.conversations, core.clock),
        talk=PhotoTalk(core.conversations),
        audit=core.trail,
        clock=core.clock,
        terms=photo_terms(core.settings),
    )
    return PhotoDoor(desk, Wardrobe(core.widgets, core.ai_label), origins)


def _shop_desk(core: Core, admin: StaffAdmin) -> ShopDesk:
    return ShopDesk(
        db=core.db,
        deeds=core.deeds,
        shops=core.shops,
        links=core.links,
        widgets=core.widgets,
        hours=core.desk.hours,
        looks=core.desk.looks,
        admin=admin,
        conversations=ConversationLooks(core.db),
        clock=core.clock,
    )
