"""The worker: seals, carries out, takes up what is due, tells, and runs jobs."""

from contextlib import AsyncExitStack
from datetime import timedelta

import psycopg
from psycopg.rows import TupleRow

from appliance.aftersales.cases import course
from appliance.aftersales.cases.execution import Execution, Limits
from appliance.aftersales.cases.executor import CHANNEL as OPERATION_CHANNEL
from appliance.aftersales.cases.executor import Executor
from appliance.aftersales.messages.jobs import GuideSender
from appliance.aftersales.messages.service import Guides
from appliance.aftersales.parcels.jobs import ReturnWatch
from appliance.aftersales.photo_links.jobs import PhotoLinkCare
from appliance.aftersales.photo_links.secrets import LinkSecrets
from appliance.aftersales.work.jobs import Watch
from appliance.app.core import Core
from appliance.app.probes import probes
from appliance.conversation.delivery import DUE_CHANNEL
from appliance.conversation.lost_calls import LostCalls
from appliance.conversation.sweep import Sweep
from appliance.conversation.watchers import CHANNEL as EVENT_CHANNEL
from appliance.db import Listener
from appliance.db.line import watched
from appliance.db.location import database_url
from appliance.installation.egress import EgressAlarm
from appliance.installation.health import HealthDesk
from appliance.installation.rungs import RungWatch
from appliance.integrations.metrics.service import Metrics
from appliance.integrations.telemetry.deeds import DeedTraces
from appliance.integrations.webhooks.dispatcher import CHANNEL as WEBHOOK_CHANNEL
from appliance.integrations.webhooks.dispatcher import Dispatcher
from appliance.integrations.webhooks.reader import Reader
from appliance.jobs.heartbeat import Heartbeat
from appliance.jobs.queue import Jobs
from appliance.jobs.worker import Part, run_worker
from appliance.joints.audit_page import DailyPage
from appliance.joints.outbound import CalledNumbers, make_calls, pbx_of
from appliance.joints.outbound import manners_of as outbound_manners
from appliance.joints.people_desks import CustomersWords, rulings, special_refunds, watch_desks
from appliance.joints.photo_links import PhotoTalk, care_for_photo_links, terms_of
from appliance.joints.returns import days_of, watch_returns
from appliance.joints.shop_systems import CaseSystems, Contexts
from appliance.joints.sms import (
    AccountPhones,
    OptOutFile,
    gateway_of,
    has_gateway,
    manners_of,
    send_guides,
    sends_links,
)
from appliance.joints.upkeep import upkeep_rounds
from appliance.joints.voice_care import VoiceCare
from appliance.joints.voice_consent import VoiceUses
from appliance.joints.wal import WalKeeper, keeps_changes
from appliance.joints.webhooks import WebhookSecrets, webhook_sender
from appliance.outbound.jobs import OutboundCaller
from appliance.outbound.secrets import CallSecrets
from appliance.supervisor.child import Child, stop_on_signals
from appliance.supervisor.processes import ORDER_SYSTEM
from appliance.voice.recording.jobs import RecordingCare
from security.audit import shift
from security.audit.file_signer import FileSigner, FileSuccession
from security.audit.forward import Forwarder, Target, tls_context
from security.audit.sealer import Sealer


async def worker(child: Child) -> None:
    """Seals the audit log, carries out operations, takes up conversations, runs jobs; until told to stop."""
    stop = stop_on_signals()
    settings = child.settings
    async with AsyncExitStack() as open_parts:
        core = await open_parts.enter_async_context(Core.open(settings, "worker", child.name))
        execution = Execution(
            db=core.db,
            systems=CaseSystems(core.systems),
            audit=core.trail,
            delivery=core.delivery,
            disclosure=core.personal,
            clock=core.clock,
            limits=Limits(),
            work=core.work,
            guides=Guides(core.clock) if has_gateway(settings) else None,
            watch=DeedTraces(core.spans).carried if core.spans else course.unwatched,
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
        await core.hear_of_changes(listener)
        await listener.subscribe(EVENT_CHANNEL, webhooks.reader.heard)
        await listener.subscribe(WEBHOOK_CHANNEL, webhooks.wake)
        await open_parts.enter_async_context(probes(core))
        child.ready()
        await run_worker(
            {
                **_audit_parts(core),
                **_wal_parts(core),
                "executor": executor.run,
                "conversations": sweep.run,
                "desk": core.desk.round.run,
                "jobs": _jobs(core, webhooks, child.addresses.get(ORDER_SYSTEM, "")).run,
                "webhooks": webhooks.run,
                "heartbeat": Heartbeat(core.db, core.clock).run,
                "rungs": _rungs(core).run,
                "voices": VoiceCare(settings.voice, settings.state_path, VoiceUses(core.db)).run,
                "upkeep": upkeep_rounds(core.settings, core.clock).run,
            },
            stop,
        )


def _rungs(core: Core) -> RungWatch:
    health = HealthDesk(
        db=core.db,
        settings=core.settings,
        clock=core.clock,
        contacts=core.known_contacts,
        figures=Metrics(core.meters, core.db, core.clock).standing,
        is_resting=core.is_model_resting,
        is_on_smaller=core.is_on_smaller_model,
        compact_version=core.compact.version,
    )
    return RungWatch(health.look, core.db, core.clock, core.settings.state_path)


def webhook_dispatcher(core: Core) -> Dispatcher:
    secrets = WebhookSecrets(core.shops, core.clock)
    sender = webhook_sender(core.settings.webhooks)
    return Dispatcher(core.db, Reader(core.db, core.clock), sender, secrets, core.clock)


def _audit_parts(core: Core) -> dict[str, Part]:
    """The sealer; and what hands records on, where a collector is named."""
    audit = core.settings.audit

    async def connect() -> psycopg.AsyncConnection[TupleRow]:
        return await psycopg.AsyncConnection.connect(
            watched(database_url(core.settings)), autocommit=True, application_name="appliance-audit"
        )

    directory = core.settings.audit_path
    key = core.settings.state_path / "secrets" / "audit.key"
    watch = DeedTraces(core.spans).sealed if core.spans else shift.unwatched
    sealer = Sealer(connect, directory, FileSigner(key), core.clock, succession=FileSuccession(key), watch=watch)
    if not audit.forward_to:
        return {"sealer": sealer.run}
    tls = tls_context(audit.forward_authority, audit.forward_certificate)
    return {
        "sealer": sealer.run,
        "forwarder": Forwarder(connect, Target.of(audit.forward_to), core.clock, tls).run,
    }


def _wal_parts(core: Core) -> dict[str, Part]:
    """What keeps the log of changes, where the settings name a folder for it."""
    if not keeps_changes(core.settings):
        return {}
    return {"wal": WalKeeper(core.db, core.settings, core.root, core.clock).run}


def _photo_link_care(core: Core, demo_address: str) -> PhotoLinkCare:
    return PhotoLinkCare(
        db=core.db,
        secrets=LinkSecrets(core.root),
        talk=PhotoTalk(core.conversations),
        audit=core.trail,
        work=core.work,
        phones=AccountPhones(core.systems),
        gateway=gateway_of(core.settings, demo_address) if sends_links(core.settings) else None,
        clock=core.clock,
        terms=terms_of(core.settings),
    )


def _outbound_caller(core: Core) -> OutboundCaller:
    secrets, manners = CallSecrets(core.root), outbound_manners(core.settings)
    return OutboundCaller(
        db=core.db,
        desk=core.outbound,
        secrets=secrets,
        pbx=pbx_of(core.settings),
        numbers=CalledNumbers(core.personal, core.ring, AccountPhones(core.systems)),
        audit=core.trail,
        clock=core.clock,
        manners=manners,
    )


def _jobs(core: Core, webhooks: Dispatcher, demo_address: str) -> Jobs:
    jobs = Jobs(database_url(core.settings), at_once=core.settings.worker.executors)

    async def reconcile() -> None:
        await core.reconciliation.reconcile_all()

    async def keep_staff_tidy() -> None:
        async with core.db.system() as conn:
            await core.access.installation.keep_tidy(conn)

    jobs.every("*/5 * * * *", "cases.reconcile", reconcile)
    care_for_photo_links(jobs, _photo_link_care(core, demo_address))
    if core.settings.outbound.enabled:
        make_calls(jobs, _outbound_caller(core))
    policy = rulings(core.ground, core.cases, Contexts(core.systems), core.personal)
    special = special_refunds(core.ground, core.cases, policy, core.settings.work)
    returns = ReturnWatch(
        db=core.db,
        delivery=core.delivery,
        work=core.work,
        clock=core.clock,
        days=days_of(core.settings.returns),
    )
    watch_returns(jobs, returns)
    if has_gateway(core.settings):
        send_guides(jobs, _guide_sender(core, demo_address))
    watch_desks(jobs, Watch(db=core.db, orders=core.work, answers=CustomersWords(), clock=core.clock), special)
    jobs.every("10 16 * * *", "audit.print_checkpoint", DailyPage(core.db, core.settings.audit_path, core.clock).write)
    jobs.every("* * * * *", "egress.tell", EgressAlarm(core.db, core.settings.state_path).tell)
    jobs.every("7 * * * *", "staff.keep_tidy", keep_staff_tidy)
    jobs.every("37 4 * * *", "webhooks.forget_old", webhooks.forget_old)
    recordings = RecordingCare(core.db, core.ring, core.clock, timedelta(days=core.settings.recordings.keep_days))
    jobs.every("47 * * * *", "recordings.delete_old", recordings.delete_old)
    jobs.every("57 * * * *", "recordings.end_lost", recordings.end_lost)
    jobs.every("*/5 * * * *", "calls.end_lost", LostCalls(core.db, core.conversations, core.clock).end)
    return jobs


def _guide_sender(core: Core, demo_address: str) -> GuideSender:
    return GuideSender(
        db=core.db,
        gateway=gateway_of(core.settings, demo_address),
        phones=AccountPhones(core.systems),
        opt_outs=OptOutFile(core.settings.messages),
        audit=core.trail,
        delivery=core.delivery,
        work=core.work,
        clock=core.clock,
        manners=manners_of(core.settings),
    )
