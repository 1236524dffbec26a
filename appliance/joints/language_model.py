"""The language model of the settings, told of the flows that there are."""

from collections.abc import Mapping

import httpx

from appliance import config
from appliance.config_understanding import LlmSettings
from appliance.conversation.rewording import Rewording
from appliance.dialogue.reply import Reply
from appliance.dialogue.schema import Flows
from appliance.dialogue.wording import WORDING, Wording
from appliance.errors import ConfigurationError
from appliance.joints.secret_file import read_secret
from models.commands import Flow
from models.llm.client import ChatModel, Endpoint, Watch
from models.llm.commander import LanguageModel
from models.llm.prompt import SlotsOf
from models.llm.rephraser import Rephraser


def chat_model(
    settings: LlmSettings, transport: httpx.AsyncBaseTransport | None = None, watch: Watch | None = None
) -> ChatModel:
    """The server that ``settings.url`` names. ConfigurationError where its key cannot be read, or can be by others."""
    endpoint = Endpoint(url=settings.url, model=settings.model, api_key=_api_key(settings.api_key_file))
    return ChatModel(endpoint, at_once=settings.at_once, transport=transport, watch=watch)


def language_model_settings() -> LlmSettings:
    """Of this machine's own appliance. ConfigurationError where it has no language model."""
    settings = config.load().llm
    if not settings.url:
        raise ConfigurationError("no language model is set: name its server as llm.url in appliance.toml")
    return settings


def language_model(chat: ChatModel, flows: Flows, settings: LlmSettings) -> LanguageModel:
    return LanguageModel(chat, slots_of(flows), deadline_s=settings.deadline_s)


def rewording(chat: ChatModel | None, replies: Mapping[str, Reply], settings: LlmSettings) -> Rewording | None:
    """None where words are the templates' alone, as they are unless the settings say otherwise."""
    if chat is None or not settings.rephrase:
        return None
    rephraser = Rephraser(chat, deadline_s=settings.rephrase_deadline_s, at_once=settings.at_once)
    return Rewording(rephraser, Wording.load(WORDING, replies))


def slots_of(flows: Flows) -> SlotsOf:
    """Of the flows that a customer can ask for; others are called by these."""
    return {Flow(file.flow): file.slots for file in flows if file.flow in set(Flow)}


def _api_key(path: str) -> str:
    cure = "write the server's API key there, readable by this user"
    return read_secret("llm.api_key_file", path, cure) if path else ""
