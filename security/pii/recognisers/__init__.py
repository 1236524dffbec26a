"""One file a type. ``ALL`` is in the order in which they win where two claim the same characters equally."""

from security.pii.recogniser import Recogniser
from security.pii.recognisers import bank_card, email, id_card, phone, secrets

ALL: tuple[Recogniser, ...] = (
    id_card.RECOGNISER,
    bank_card.RECOGNISER,
    phone.RECOGNISER,
    email.RECOGNISER,
    secrets.PASSWORD,
    secrets.OTP,
    secrets.CVV,
)
