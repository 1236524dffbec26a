"""What calls need of others: numbers, the switchboard by the settings, and the jobs that make them."""

from datetime import time
from pathlib import Path

from appliance.aftersales.messages.ports import Phones
from appliance.config import Settings
from appliance.config_calls import Way
from appliance.db import Connection
from appliance.errors import ConfigurationError, NotFound
from appliance.identity.staff_access import networks
from appliance.ids import ConversationId, CustomerId, ShopId
from appliance.integrations.pbx.ari import TIMEOUT_S, Ari
from appliance.integrations.pbx.call_file import CallFiles
from appliance.integrations.pbx.dial import Plan
from appliance.integrations.webhooks.sender import Sender
from appliance.jobs.queue import Jobs
from appliance.joints.masking import PersonalData
from appliance.outbound.jobs import OutboundCaller
from appliance.outbound.model import Manners
from appliance.outbound.ports import Pbx
from appliance.secret_file import read_secret
from security.crypto.keyring import KeyRing

_PASSWORD_CURE = "put the password of outbound.ari_user there"  # noqa: S105


class CalledNumbers:
    """``outbound.ports.Numbers``"""

    def __init__(self, personal: PersonalData, ring: KeyRing, phones: Phones) -> None:
        self._personal = personal
        self._ring = ring
        self._phones = phones

    async def left(self, conn: Connection, shop: ShopId, conversation: ConversationId, placeholder: str) -> str | None:
        try:
            return await self._personal.clear_value(conn, shop, conversation, placeholder)
        except NotFound:
            return None

    async def of_account(self, shop: ShopId, customer_id: CustomerId) -> str | None:
        try:
            return await self._phones.of(shop, customer_id)
        except NotFound:
            return None


def manners_of(settings: Settings) -> Manners:
    outbound = settings.outbound
    return Manners(
        shops=tuple(ShopId(shop) for shop in outbound.shops) if outbound.enabled else (),
        purposes=outbound.purposes,
        quiet_from=time.fromisoformat(outbound.quiet_from),
        quiet_until=time.fromisoformat(outbound.quiet_until),
        quiet_days=frozenset(outbound.quiet_days),
        on_weekends=outbound.on_weekends,
        tries=outbound.tries,
        between_min=outbound.between_min,
        at_once=outbound.at_once,
        ring_s=outbound.ring_s,
    )


def pbx_of(settings: Settings) -> Pbx:
    """ConfigurationError: the settings for ARI are not whole."""
    outbound = settings.outbound
    plan = Plan(
        dial_context=outbound.dial_context,
        answered=outbound.answered,
        caller_number=outbound.caller_number,
        prefix=outbound.prefix,
        ring_s=outbound.ring_s,
    )
    if outbound.way is Way.CALL_FILE:
        return CallFiles(Path(outbound.spool), plan)
    if not outbound.ari_url or not outbound.ari_password_file:
        raise ConfigurationError("outbound.way is ari: set outbound.ari_url, ari_user and ari_password_file")
    password = read_secret("outbound.ari_password_file", outbound.ari_password_file, _PASSWORD_CURE)
    sender = Sender(networks(outbound.networks, "outbound.networks"), TIMEOUT_S)
    return Ari(outbound.ari_url, outbound.ari_user, password, plan, sender)


def make_calls(jobs: Jobs, caller: OutboundCaller) -> None:
    async def plan() -> None:
        await caller.plan()

    async def dial() -> None:
        await caller.clear()
        await caller.dial_due()

    jobs.every("* * * * *", "outbound.plan", plan)
    jobs.every("* * * * * */10", "outbound.dial", dial)
