"""The room of operations put together."""

from collections.abc import Awaitable, Callable, Sequence

from appliance.clock import Clock
from appliance.config import Settings
from appliance.db import Database
from appliance.identity.links import Links
from appliance.identity.staff_deeds import Deeds
from appliance.joints.sms import has_gateway
from appliance.operations.about import AboutDesk
from appliance.operations.channels import ChannelDesk
from appliance.operations.connectors import ConnectorDesk
from appliance.operations.contacts import ContactBook, Contacts
from appliance.operations.examination import Examination
from appliance.operations.health import HealthDesk
from appliance.operations.inference import ModelDesk
from appliance.operations.logs import Logs, Mask
from appliance.operations.rules import Figures
from appliance.operations.service import Operations
from appliance.operations.settings import SettingsDesk
from models.llm.client import ChatModel


def operations(
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
    chat_model: ChatModel | None,
    compact_version: str,
    doctor: Sequence[str],
) -> Operations:
    """``doctor``: ``appliance doctor --json``, as it is started from here."""

    def is_resting() -> bool:
        return chat_model is not None and chat_model.is_resting

    return Operations(
        health=HealthDesk(
            db=db,
            settings=settings,
            clock=clock,
            contacts=contacts,
            figures=figures,
            is_resting=is_resting,
            compact_version=compact_version,
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
