"""The worker: seals, carries out, takes up what is due, tells, and runs jobs."""

from contextlib import AsyncExitStack
from datetime import timedelta

import psycopg
from psycopg.rows import TupleRow

from appliance.aftersales.cases.execution import Execution, Limits
from appliance.aftersales.cases.executor import CHANNEL as OPERATION_CHANNEL
from appliance.aftersales.cases.executor import Executor
from appliance.aftersales.messages.jobs import GuideSender
from appliance.aftersales.messages.service import Guides
from appliance.aftersales.parcels.jobs import ReturnWatch
from appliance.aftersales.work.jobs import Watch
from appliance.app.core import Core
from appliance.conversation.delivery import DUE_CHANNEL
from appliance.conversation.sweep import Sweep
from appliance.conversation.watchers import CHANNEL as EVENT_CHANNEL
from appliance.db import Listener
from appliance.db.location import database_url
from appliance.integrations.webhooks.dispatcher import CHANNEL as WEBHOOK_CHANNEL
from appliance.integrations.webhooks.dispatcher import Dispatcher
from appliance.integrations.webhooks.reader import Reader
from appliance.jobs.heartbeat import Heartbeat
from appliance.jobs.queue import Jobs
from appliance.jobs.worker import Part, run_worker
from appliance.joints.audit_page import DailyPage
from appliance.joints.people_desks import CustomersWords, rulings, special_refunds, watch_desks
from appliance.joints.returns import days_of, watch_returns
from appliance.joints.shop_systems import CaseSystems, Contexts
from appliance.joints.sms import AccountPhones, OptOutFile, gateway_of, has_gateway, manners_of, send_guides
from appliance.joints.webhooks import WebhookSecrets, webhook_sender
from appliance.supervisor.child import Child, stop_on_signals
from appliance.supervisor.processes import ORDER_SYSTEM
from appliance.voice.recording.jobs import RecordingCare
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
        child.ready()
        await run_worker(
            {
                **_audit_parts(core),
                "executor": executor.run,
                "conversations": sweep.run,
                "desk": core.desk.round.run,
                "jobs": _jobs(core, webhooks, child.addresses.get(ORDER_SYSTEM, "")).run,
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


def _jobs(core: Core, webhooks: Dispatcher, demo_address: str) -> Jobs:
    jobs = Jobs(database_url(core.settings), at_once=core.settings.worker.executors)

    async def reconcile() -> None:
        await core.reconciliation.reconcile_all()

    async def keep_staff_tidy() -> None:
        async with core.db.system() as conn:
            await core.access.installation.keep_tidy(conn)

    jobs.every("*/5 * * * *", "cases.reconcile", reconcile)
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
    jobs.every("7 * * * *", "staff.keep_tidy", keep_staff_tidy)
    jobs.every("37 4 * * *", "webhooks.forget_old", webhooks.forget_old)
    recordings = RecordingCare(core.db, core.ring, core.clock, timedelta(days=core.settings.recordings.keep_days))
    jobs.every("47 * * * *", "recordings.delete_old", recordings.delete_old)
    jobs.every("57 * * * *", "recordings.end_lost", recordings.end_lost)
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
