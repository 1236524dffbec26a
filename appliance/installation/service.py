"""All that the rooms of the installation is served from."""

from dataclasses import dataclass

from appliance.installation.about import AboutDesk
from appliance.installation.channels import ChannelDesk
from appliance.installation.connectors import ConnectorDesk
from appliance.installation.examination import Examination
from appliance.installation.health import HealthDesk
from appliance.installation.inference import ModelDesk
from appliance.installation.logs import Logs
from appliance.installation.settings import SettingsDesk


@dataclass(frozen=True, kw_only=True)
class Installation:
    health: HealthDesk
    examination: Examination
    models: ModelDesk
    connectors: ConnectorDesk
    channels: ChannelDesk
    settings: SettingsDesk
    logs: Logs
    about: AboutDesk
