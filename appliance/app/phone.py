"""The process that takes calls: the switchboard's ports, engines that hear and speak, and conversations in between."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager

from appliance.app.core import Core
from appliance.channels.phone.server import serving
from appliance.channels.phone.switchboard import Switchboard
from appliance.conversation.watchers import CHANNEL as EVENT_CHANNEL
from appliance.db import Listener
from appliance.db.location import database_url
from appliance.joints.voice import Calls, call_parts, people_of
from appliance.joints.voice_engines import engines
from appliance.supervisor.child import Child, stop_on_signals
from appliance.voice.call import monotonic_ms
from appliance.voice.phrases import Phrases
from appliance.voice.recording.service import Recordings

_GRACE_S = 8.0


async def phone(child: Child) -> None:
    """Takes calls until told to stop; those that are held then have a moment to end, and people take the others."""
    stop, voice, phrases = stop_on_signals(), child.settings.voice, Phrases.load()
    async with AsyncExitStack() as opened:
        heard_and_spoken = await opened.enter_async_context(engines(voice, child.settings.state_path, phrases))
        parts = call_parts(voice, heard_and_spoken, phrases)
        core = await opened.enter_async_context(Core.open(child.settings, "phone", child.name))
        await opened.enter_async_context(_listening(core))
        calls = Calls(core.conversations, voice, parts, _recordings(core))
        switchboard = Switchboard(monotonic_ms, people_of(voice))
        await opened.enter_async_context(serving(voice, switchboard, calls.hold))
        child.ready()
        await stop.wait()
        await calls.finish(_GRACE_S)


def _recordings(core: Core) -> Recordings | None:
    """None where calls are not to be recorded."""
    if not core.settings.recordings.is_on:
        return None
    return Recordings(core.db, core.ring, core.conversations, core.analyzer, core.clock)


@asynccontextmanager
async def _listening(core: Core) -> AsyncIterator[None]:
    """What other processes commit is heard on the calls of this one."""
    async with Listener(database_url(core.settings), on_reconnect=core.watchers.wake_all) as listener:
        await listener.subscribe(EVENT_CHANNEL, core.watchers.heard)
        await core.hear_of_changes(listener)
        yield
