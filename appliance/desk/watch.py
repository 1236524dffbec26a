"""Wakes the consoles of a web process: what an agent has, has changed; the queue; a conversation on his screen."""

from collections import defaultdict
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from uuid import UUID

from appliance.conversation.model import Speaker
from appliance.conversation.watchers import Watcher, Watchers
from appliance.desk.lives import Lives, ReadLive
from appliance.desk.places import Places
from appliance.ids import ConversationId, ShopId


class DeskWatcher(Watcher):
    """What has changed since it was looked at last."""

    def __init__(self) -> None:
        super().__init__()
        self.has_roster_changed = True
        self.has_queue_changed = True
        self.has_live_changed = False
        self.shows_live = False
        """Whether this console shows what lives."""
        self.changed: set[ConversationId] = set()
        self._typists: set[ConversationId] = set()
        self._work: set[UUID] = set()

    def moved(self, conversation_id: ConversationId) -> None:
        self.changed.add(conversation_id)
        self.wake()

    def typing(self, conversation_id: ConversationId, who: Speaker) -> None:
        if who is Speaker.CUSTOMER:
            self._typists.add(conversation_id)
            self.wake()

    def took_live(self) -> bool:
        taken, self.has_live_changed = self.has_live_changed, False
        return taken

    def took_typists(self) -> set[ConversationId]:
        """The conversations whose customers have typed since it was asked last."""
        taken, self._typists = self._typists, set()
        return taken

    def work_moved(self, work_order_id: UUID) -> None:
        self._work.add(work_order_id)
        self.wake()

    def took_work(self) -> set[UUID]:
        """The work orders of his that have changed since it was asked last."""
        taken, self._work = self._work, set()
        return taken

    def took(self) -> tuple[bool, bool, set[ConversationId]]:
        """The roster, the queue, and which conversations; from now on nothing of it has changed."""
        taken = self.has_roster_changed, self.has_queue_changed, self.changed
        self.has_roster_changed, self.has_queue_changed, self.changed = False, False, set()
        return taken


class DeskWatchers:
    def __init__(self, watchers: Watchers, places: Places, read_live: ReadLive) -> None:
        self._watchers = watchers
        self._places = places
        self.lives = Lives(read_live, self._live)
        self._by_shop: defaultdict[ShopId, dict[DeskWatcher, UUID]] = defaultdict(dict)

    @asynccontextmanager
    async def join(self, shop: ShopId, staff_id: UUID) -> AsyncIterator[DeskWatcher]:
        watcher = DeskWatcher()
        self._by_shop[shop][watcher] = staff_id
        try:
            yield watcher
        finally:
            self.show_live(shop, watcher, wanted=False)
            del self._by_shop[shop][watcher]
            self._watchers.forget(watcher)

    def show_live(self, shop: ShopId, watcher: DeskWatcher, *, wanted: bool) -> None:
        """Whether this console is to be woken when something moves anywhere in the shop."""
        if watcher.shows_live is wanted:
            return
        watcher.shows_live = wanted
        if wanted:
            watcher.has_live_changed = bool(self.lives.of(shop))
            self.lives.join(shop)
        else:
            self.lives.leave(shop)

    def _live(self, shop: ShopId) -> None:
        for watcher in self._by_shop[shop]:
            if watcher.shows_live:
                watcher.has_live_changed = True
                watcher.wake()

    def follow(self, watcher: DeskWatcher, conversation_id: ConversationId) -> None:
        self._watchers.attach(conversation_id, watcher)

    def unfollow(self, watcher: DeskWatcher, conversation_id: ConversationId) -> None:
        self._watchers.detach(conversation_id, watcher)

    async def moved(self, payload: str) -> None:
        """For ``Listener.subscribe`` with the channel of events; the payload is ``conversation/next_seq/shop``."""
        self.lives.changed(ShopId(payload.split("/", 2)[2]))

    async def heard(self, payload: str) -> None:
        """For ``Listener.subscribe(store.CHANNEL, …)``; the payload is ``shop/queue`` or ``shop/agent/id``."""
        name, what, *more = payload.split("/")
        shop = ShopId(name)
        if what == "queue":
            self._places.changed(shop)
        for watcher, staff_id in tuple(self._by_shop[shop].items()):
            if what == "queue":
                watcher.has_queue_changed = True
            elif str(staff_id) == more[0]:
                watcher.has_roster_changed = True
            else:
                continue
            watcher.wake()

    async def heard_of_work(self, payload: str) -> None:
        """The payload is ``shop/staff/work order``: told to its assignee, wherever he has a console open."""
        name, staff_id, work_order_id = payload.split("/")
        for watcher, sits_there in tuple(self._by_shop[ShopId(name)].items()):
            if str(sits_there) == staff_id:
                watcher.work_moved(UUID(work_order_id))

    async def wake_all(self) -> None:
        """After the listening connection was lost: everybody reads again."""
        self._places.all_changed()
        self.lives.all_changed()
        for watchers in self._by_shop.values():
            for watcher in watchers:
                watcher.has_roster_changed = watcher.has_queue_changed = True
                watcher.wake()
