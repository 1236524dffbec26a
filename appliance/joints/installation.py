"""The rooms of the installation put together."""

from collections.abc import Awaitable, Callable, Sequence

from appliance.clock import Clock
from appliance.config import Settings
from appliance.db import Database
from appliance.identity.links import Links
from appliance.identity.staff_deeds import Deeds
from appliance.installation.about import AboutDesk
from appliance.installation.channels import ChannelDesk
from appliance.installation.connectors import ConnectorDesk
from appliance.installation.contacts import ContactBook, Contacts
from appliance.installation.examination import Examination
from appliance.installation.health import HealthDesk
from appliance.installation.inference import ModelDesk
from appliance.installation.logs import Logs, Mask
from appliance.installation.rules import Figures
from appliance.installation.service import Installation
from appliance.installation.settings import SettingsDesk
from appliance.joints.sms import has_gateway
from models.llm.client import Chat


def installation(
    *,
    db: Database,
    deeds: Deeds,
    links: Links,
    settings: Settings,
    clock: Clock,
    mask: Mask,
    contacts: Callable[[], Contacts],
    book: ContactBook,
    figures: Callable[[], Awaitable[Figures]],
    chat_model: Chat | None,
    is_resting: Callable[[], bool],
    is_on_smaller: Callable[[], bool],
    compact_version: str,
    doctor: Sequence[str],
) -> Installation:
    """``is_resting``: whether any process leaves the language model's server alone; ``is_on_smaller``: whether a
    smaller one answers then.
    ``doctor``: ``appliance doctor --json``, as it is started from here.
    """
    return Installation(
        health=HealthDesk(
            db=db,
            settings=settings,
            clock=clock,
            contacts=contacts,
            figures=figures,
            is_resting=is_resting,
            compact_version=compact_version,
            is_on_smaller=is_on_smaller,
        ),
        examination=Examination(doctor),
        models=ModelDesk(
            settings=settings.llm,
            state_dir=settings.state_path,
            compact_version=compact_version,
            served=chat_model.served if chat_model else None,
            is_resting=is_resting,
        ),
        connectors=ConnectorDesk(db=db, deeds=deeds, links=links, contacts=contacts, book=book, clock=clock),
        channels=ChannelDesk(db, settings, has_sms=has_gateway(settings)),
        settings=SettingsDesk(settings),
        logs=Logs(settings.state_path, mask),
        about=AboutDesk(db, clock),
    )
