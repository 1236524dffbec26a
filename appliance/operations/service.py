"""All that the room of operations is served from."""

from dataclasses import dataclass

from appliance.operations.about import AboutDesk
from appliance.operations.channels import ChannelDesk
from appliance.operations.connectors import ConnectorDesk
from appliance.operations.examination import Examination
from appliance.operations.health import HealthDesk
from appliance.operations.inference import ModelDesk
from appliance.operations.logs import Logs
from appliance.operations.settings import SettingsDesk


@dataclass(frozen=True, kw_only=True)
class Operations:
    health: HealthDesk
    examination: Examination
    models: ModelDesk
    connectors: ConnectorDesk
    channels: ChannelDesk
    settings: SettingsDesk
    logs: Logs
    about: AboutDesk
