"""The language model of the settings, told of the flows that there are."""

from pathlib import Path

import httpx

from appliance import config
from appliance.config import LlmSettings
from appliance.dialogue.schema import Flows
from appliance.errors import ConfigurationError
from models.commands import Flow
from models.llm.client import ChatModel, Endpoint
from models.llm.commander import LanguageModel
from models.llm.prompt import SlotsOf

_OTHERS = 0o077
"""Permissions of anybody but its owner."""


def chat_model(settings: LlmSettings, transport: httpx.AsyncBaseTransport | None = None) -> ChatModel:
    """The server that ``settings.url`` names. ConfigurationError where its key cannot be read, or can be by others."""
    endpoint = Endpoint(url=settings.url, model=settings.model, api_key=_api_key(settings.api_key_file))
    return ChatModel(endpoint, at_once=settings.at_once, transport=transport)


def language_model_settings() -> LlmSettings:
    """Of this machine's own appliance. ConfigurationError where it has no language model."""
    settings = config.load().llm
    if not settings.url:
        raise ConfigurationError("no language model is set: name its server as llm.url in appliance.toml")
    return settings


def language_model(chat: ChatModel, flows: Flows, settings: LlmSettings) -> LanguageModel:
    return LanguageModel(chat, slots_of(flows), deadline_s=settings.deadline_s)


def slots_of(flows: Flows) -> SlotsOf:
    """Of the flows that a customer can ask for; others are called by these."""
    return {Flow(file.flow): file.slots for file in flows if file.flow in set(Flow)}


def _api_key(path: str) -> str:
    if not path:
        return ""
    try:
        if Path(path).stat().st_mode & _OTHERS:
            raise ConfigurationError(f"llm.api_key_file names {path}, which others may read: run chmod 600 {path}")
        return Path(path).read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError) as unreadable:
        raise ConfigurationError(
            f"llm.api_key_file names {path}, which cannot be read ({type(unreadable).__name__}): "
            "write the server's API key there, readable by this user"
        ) from unreadable
