"""The desk put together: queue, floor, what agents do and see, and what customers are told of their place."""

from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

from appliance.aftersales.evidence.service import EvidenceRoom
from appliance.aftersales.work.ports import Subjects
from appliance.clock import Clock
from appliance.config_desk import DeskSettings
from appliance.conversation.floor import Floor
from appliance.conversation.watchers import Watchers
from appliance.db import Database
from appliance.desk.canned import CannedReplies
from appliance.desk.hours import DeskHours
from appliance.desk.jobs import DeskRound
from appliance.desk.looks import DeskLooks
from appliance.desk.places import Places
from appliance.desk.ports import Accounts
from appliance.desk.queue import Queue
from appliance.desk.seats import Seats
from appliance.desk.service import Desk
from appliance.desk.service_level import ServiceLevels
from appliance.desk.talk import DeskTalk
from appliance.desk.terms import Terms, load_terms, shipped_terms
from appliance.desk.watch import DeskWatchers
from appliance.dialogue.render import Renderer
from appliance.dialogue.schema import Flows
from appliance.identity.staff_deeds import Deeds
from appliance.joints.masking import PersonalData
from security.crypto.keyring import KeyRing


@dataclass(frozen=True, kw_only=True)
class DeskParts:
    """What the staff's routes, the chat and the worker need of the desk."""

    deeds: Desk
    seats: Seats
    talk: DeskTalk
    looks: DeskLooks
    levels: ServiceLevels
    canned: CannedReplies
    hours: DeskHours
    places: Places
    watchers: DeskWatchers
    pictures: EvidenceRoom
    round: DeskRound


class DeskPeople:
    """``channels.web.ports.People``"""

    def __init__(self, parts: DeskParts) -> None:
        self.leave = parts.talk.leave
        self.rate = parts.talk.rate
        self.typing = parts.talk.typing
        self.place = parts.places.of


def desk_terms(settings: DeskSettings) -> Terms:
    return load_terms(Path(settings.terms_file)) if settings.terms_file else shipped_terms()


def desk_queue(settings: DeskSettings, floor: Floor, renderer: Renderer, clock: Clock) -> Queue:
    silence = timedelta(seconds=settings.silence_s)
    return Queue(floor=floor, renderer=renderer, terms=desk_terms(settings), clock=clock, silence=silence)


def desk_parts(
    *,
    db: Database,
    deeds: Deeds,
    accounts: Accounts,
    queue: Queue,
    floor: Floor,
    keys: KeyRing,
    subjects: Subjects,
    personal: PersonalData,
    flows: Flows,
    renderer: Renderer,
    watchers: Watchers,
    clock: Clock,
    settings: DeskSettings,
) -> DeskParts:
    desk = Desk(db=db, deeds=deeds, queue=queue, floor=floor, clock=clock)
    places = Places(db, queue, watchers.wake)
    looks = DeskLooks(db=db, floor=floor, queue=queue, keys=keys, flows=flows, renderer=renderer, clock=clock)
    return DeskParts(
        deeds=desk,
        seats=Seats(db, deeds, accounts, queue),
        talk=DeskTalk(db, floor, queue),
        looks=looks,
        levels=ServiceLevels(db, queue.terms, clock),
        canned=CannedReplies(db, deeds, keys, personal.mask, clock),
        hours=DeskHours(db, queue, clock),
        places=places,
        watchers=DeskWatchers(watchers, places, looks.talks),
        pictures=EvidenceRoom(db, keys, subjects, clock),
        round=DeskRound(db, desk, queue, clock, timedelta(seconds=settings.silence_s)),
    )
