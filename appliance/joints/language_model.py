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
from appliance.secret_file import read_secret
from models.commands import Flow
from models.llm.client import Chat, ChatModel, Endpoint, Watch
from models.llm.commander import LanguageModel
from models.llm.ladder import Ladder
from models.llm.prompt import SlotsOf
from models.llm.rephraser import Rephraser


def chat_model(
    settings: LlmSettings, transport: httpx.AsyncBaseTransport | None = None, watch: Watch | None = None
) -> ChatModel:
    """The server that ``settings.url`` names. ConfigurationError where its key cannot be read, or can be by others."""
    endpoint = Endpoint(url=settings.url, model=settings.model, api_key=_api_key("llm.api_key_file", settings))
    return _asking(endpoint, settings, transport, watch)


def smaller_model(settings: LlmSettings, watch: Watch | None = None) -> ChatModel:
    """The server that ``settings.smaller_url`` names."""
    key = _api_key("llm.smaller_api_key_file", settings)
    return _asking(Endpoint(url=settings.smaller_url, model=settings.smaller_model, api_key=key), settings, None, watch)


def chat_of(settings: LlmSettings, watch: Watch) -> Chat | None:
    """Whom customers' words are told to: one model, or two of them; None: no other than the compact one."""
    if not settings.url:
        return None
    first = chat_model(settings, watch=watch)
    return Ladder(first, smaller_model(settings, watch)) if settings.smaller_url else first


def _asking(
    endpoint: Endpoint, settings: LlmSettings, transport: httpx.AsyncBaseTransport | None, watch: Watch | None
) -> ChatModel:
    return ChatModel(
        endpoint,
        at_once=settings.at_once,
        failures=settings.failures,
        rest_s=settings.rest_s,
        transport=transport,
        watch=watch,
    )


def language_model_settings() -> LlmSettings:
    """Of this machine's own appliance. ConfigurationError where it has no language model."""
    settings = config.load().llm
    if not settings.url:
        raise ConfigurationError("no language model is set: name its server as llm.url in appliance.toml")
    return settings


def language_model(chat: Chat, flows: Flows, settings: LlmSettings) -> LanguageModel:
    return LanguageModel(chat, slots_of(flows), deadline_s=settings.deadline_s)


def rewording(chat: Chat | None, replies: Mapping[str, Reply], settings: LlmSettings) -> Rewording | None:
    """None where words are the templates' alone, as they are unless the settings say otherwise."""
    if chat is None or not settings.rephrase:
        return None
    rephraser = Rephraser(chat, deadline_s=settings.rephrase_deadline_s, at_once=settings.at_once)
    return Rewording(rephraser, Wording.load(WORDING, replies))


def slots_of(flows: Flows) -> SlotsOf:
    """Of the flows that a customer can ask for; others are called by these."""
    return {Flow(file.flow): file.slots for file in flows if file.flow in set(Flow)}


def _api_key(named_by: str, settings: LlmSettings) -> str:
    path: str = getattr(settings, named_by.removeprefix("llm."))
    cure = "write the server's API key there, readable by this user"
    return read_secret(named_by, path, cure) if path else ""
