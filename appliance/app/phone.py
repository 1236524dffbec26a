"""The process that takes calls: the switchboard's ports, engines that hear and speak, and conversations in between."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager

from appliance.app.core import Core
from appliance.app.probes import probes
from appliance.channels.page_call import server as page_server
from appliance.channels.page_call.server import PageCallServer
from appliance.channels.phone import ports_file
from appliance.channels.phone.server import serving
from appliance.channels.phone.switchboard import Switchboard
from appliance.conversation.watchers import CHANNEL as EVENT_CHANNEL
from appliance.db import Listener
from appliance.db.location import database_url
from appliance.identity.access_token import AccessTokens
from appliance.identity.links import CHANNEL as SHOP_CHANNEL
from appliance.identity.store import select_shops
from appliance.ids import ShopId
from appliance.joints.call_measures import CallMeasures
from appliance.joints.call_words import CallWords
from appliance.joints.outbound_talk import OutboundCalls
from appliance.joints.page_calls import PageCalls, page_parts
from appliance.joints.spoken_ahead import SpokenAhead, shops_with_calls, welcomes_of
from appliance.joints.voice import Calls, call_parts, people_of
from appliance.joints.voice_consent import VoiceUses
from appliance.joints.voice_engines import engines, with_own
from appliance.outbound.opening import OpeningWords
from appliance.outbound.unkept import UnkeptWishes
from appliance.supervisor.child import Child, stop_on_signals
from appliance.voice.call import monotonic_ms
from appliance.voice.goods import Goods
from appliance.voice.phrases import Phrases
from appliance.voice.recording.service import Recordings

_GRACE_S = 8.0


async def phone(child: Child) -> None:
    """Takes calls until told to stop; those that are held then have a moment to end, and people take the others."""
    stop, phrases, opening = stop_on_signals(), Phrases.load(), OpeningWords.load()
    voice = with_own(child.settings, child.addresses)
    fixed = (*phrases.spoken, *(opening.spoken if child.settings.outbound.enabled else ()))
    async with AsyncExitStack() as opened:
        core = await opened.enter_async_context(Core.open(child.settings, "phone", child.name))
        heard_and_spoken = await opened.enter_async_context(
            engines(voice, child.settings.state_path, fixed, VoiceUses(core.db).take)
        )
        parts = call_parts(voice, heard_and_spoken, phrases)
        ahead = SpokenAhead(heard_and_spoken.speaker, voice, core.conversations.first_words, welcomes_of(core.settings))
        await opened.enter_async_context(_listening(core, ahead))
        shops = shops_with_calls(core.settings, await _all_shops(core))
        await opened.enter_async_context(ahead.running(shops, takes_new=voice.page_lines > 0))
        core.goods = goods = Goods(core.personal.mask)
        keep = CallMeasures(core.db, core.floor, core.watching).keep
        takes_photos = bool(core.settings.photos.address)
        unkept = UnkeptWishes.of(child.settings)
        await opened.enter_async_context(unkept.running(core.outbound))
        made = OutboundCalls(
            core.conversations, core.outbound, opening, people_of(voice), unkept, takes_photos=takes_photos
        )
        calls = Calls(
            core.conversations,
            voice,
            parts,
            _recordings(core),
            mask=core.personal.mask,
            keep=keep,
            takes_photos=takes_photos,
            made=made,
            goods=goods.names,
        )
        switchboard = Switchboard(monotonic_ms, people_of(voice))
        ports = await opened.enter_async_context(serving(voice, switchboard, calls.hold, core.outbound.tried))
        ports_file.write(child.settings.state_path, ports)
        pages = PageCalls(
            core.conversations,
            page_parts(parts),
            _recordings(core),
            keep=keep,
            words=CallWords(voice.hotwords, core.personal.mask, goods.names),
        )
        if child.listener is not None:
            server = PageCallServer(AccessTokens(core.root, core.clock), pages, voice.page_lines)
            await opened.enter_async_context(page_server.serving(child.listener, server))
        await opened.enter_async_context(probes(core))
        child.ready()
        await stop.wait()
        await asyncio.gather(calls.finish(_GRACE_S), pages.finish(_GRACE_S))


def _recordings(core: Core) -> Recordings | None:
    """None where calls are not to be recorded."""
    if not core.settings.recordings.is_on:
        return None
    return Recordings(core.db, core.ring, core.conversations, core.analyzer, core.clock)


@asynccontextmanager
async def _listening(core: Core, ahead: SpokenAhead) -> AsyncIterator[None]:
    """What other processes commit is heard on the calls of this one."""

    async def wake_all() -> None:
        await core.watchers.wake_all()
        await ahead.again()

    async with Listener(database_url(core.settings), on_reconnect=wake_all) as listener:
        await listener.subscribe(EVENT_CHANNEL, core.watchers.heard)
        await core.hear_of_changes(listener)
        await listener.subscribe(SHOP_CHANNEL, ahead.changed)
        yield


async def _all_shops(core: Core) -> list[ShopId]:
    async with core.db.system() as conn:
        return [shop.shop_id for shop in await select_shops(conn)]
