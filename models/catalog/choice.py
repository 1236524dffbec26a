"""Which profile fits the cards of a machine. Nothing is started here."""

from collections.abc import Iterable, Sequence

from models.catalog.cards import Card
from models.catalog.model import Device, Profile


def fits(profile: Profile, cards: Sequence[Card]) -> bool:
    """As many cards as it asks for, each as large as it asks for. A CPU is everywhere."""
    if profile.device is Device.CPU:
        return True
    return sum(card.memory_gib >= profile.card_gib for card in cards) >= profile.cards


def largest(profiles: Iterable[Profile], cards: Sequence[Card]) -> Profile | None:
    fitting = [profile for profile in profiles if fits(profile, cards)]
    return max(fitting, key=_size, default=None)


def _size(profile: Profile) -> tuple[bool, float]:
    return profile.device is Device.GPU, profile.cards * profile.card_gib
