"""What guides by SMS need of others: the gateway by the settings, numbers from the order system, who wants none."""

from datetime import time
from pathlib import Path

import msgspec

from appliance.aftersales.messages.jobs import GuideSender
from appliance.aftersales.messages.model import Manners
from appliance.config import Profile, Settings
from appliance.config_messages import MessageSettings
from appliance.errors import ConfigurationError
from appliance.identity.staff_access import networks
from appliance.ids import CustomerId, ShopId
from appliance.integrations.sms import description
from appliance.integrations.sms.gateway import HttpGateway
from appliance.integrations.webhooks.sender import Sender
from appliance.jobs.queue import Jobs
from appliance.joints.shop_systems import ShopSystems
from appliance.secret_file import read_secret

_SECRET_CURE = "put the gateway's secret there, or leave messages.secret_file empty"  # noqa: S105
_LOOPBACK = ("127.0.0.0/8",)
_ORDER_SYSTEM_KEY = "order-system-admin.key"


def has_gateway(settings: Settings) -> bool:
    """The demo's order system plays one."""
    return bool(settings.messages.gateway_file) or settings.profile is Profile.DEMO


def sends_links(settings: Settings) -> bool:
    """Whether there is a gateway with a template for photo links. ConfigurationError where its file is wrong."""
    file = settings.messages.gateway_file
    return (
        has_gateway(settings)
        and description.PHOTO_LINK in description.read(Path(file) if file else description.DEMO).templates
    )


def gateway_of(settings: Settings, demo_address: str = "") -> HttpGateway:
    """``demo_address``: where the demo order system listens. ConfigurationError where the file is wrong."""
    messages = settings.messages
    if not messages.gateway_file:
        return _demo_gateway(settings, demo_address)
    secret = read_secret("messages.secret_file", messages.secret_file, _SECRET_CURE) if messages.secret_file else ""
    described = description.read(Path(messages.gateway_file))
    sender = Sender(networks(messages.networks, "messages.networks"), messages.timeout_s)
    return HttpGateway(described, lambda: secret, sender, messages.timeout_s)


def gateway_url(settings: Settings) -> str:
    """Where messages go; empty where no gateway is named. ConfigurationError where the file is wrong."""
    file = settings.messages.gateway_file
    return description.read(Path(file)).url if file else ""


def _demo_gateway(settings: Settings, address: str) -> HttpGateway:
    """Its key is made by the order system's process, which may start after ours."""
    key = settings.state_path / "secrets" / _ORDER_SYSTEM_KEY
    described = msgspec.structs.replace(description.read(description.DEMO), url=f"http://{address}/sms/messages")
    timeout_s = settings.messages.timeout_s
    sender = Sender(networks(_LOOPBACK, "messages.networks"), timeout_s)
    return HttpGateway(described, lambda: key.read_text(encoding="utf-8").strip(), sender, timeout_s)


def manners_of(settings: Settings) -> Manners:
    messages = settings.messages
    return Manners(
        send_within_days=settings.returns.overdue_after_days,
        quiet_from=time.fromisoformat(messages.quiet_from),
        quiet_until=time.fromisoformat(messages.quiet_until),
    )


def send_guides(jobs: Jobs, sender: GuideSender) -> None:
    async def send() -> None:
        await sender.send_due()

    jobs.every("* * * * * */10", "messages.send", send)


class AccountPhones:
    """``aftersales.messages.ports.Phones``"""

    def __init__(self, systems: ShopSystems) -> None:
        self._systems = systems

    async def of(self, shop: ShopId, customer_id: CustomerId) -> str:
        return (await self._systems.of_shop(shop).customer(customer_id)).phone


class OptOutFile:
    """``aftersales.messages.ports.OptOuts``: whoever takes down a wish adds a line; it counts from the next message."""

    def __init__(self, settings: MessageSettings) -> None:
        self._file = Path(settings.opt_out_file) if settings.opt_out_file else None

    def wants_none(self, shop: ShopId, customer_id: CustomerId) -> bool:
        return f"{shop}/{customer_id}" in self.read()

    def read(self) -> frozenset[str]:
        """Who wants none. ConfigurationError where the file cannot be read."""
        if self._file is None:
            return frozenset()
        try:
            lines = self._file.read_text(encoding="utf-8").splitlines()
        except (OSError, UnicodeDecodeError) as unreadable:
            raise ConfigurationError(
                f"messages.opt_out_file names {self._file}, which cannot be read: nothing is sent until it can, and "
                "what waits becomes work orders; make it readable, or leave the setting empty"
            ) from unreadable
        return frozenset(line.strip() for line in lines)
