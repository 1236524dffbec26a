"""One file a type. ``ALL`` is in the order in which they win where two claim the same characters equally."""

from security.pii.recogniser import Recogniser
from security.pii.recognisers import (
    accounts,
    address,
    bank_card,
    documents,
    email,
    id_card,
    ip,
    landline,
    name,
    passwords,
    phone,
    plate,
    secrets,
    uscc,
)

ALL: tuple[Recogniser, ...] = (
    id_card.RECOGNISER,
    uscc.RECOGNISER,
    bank_card.RECOGNISER,
    accounts.WECHAT,
    accounts.QQ,
    phone.RECOGNISER,
    landline.RECOGNISER,
    email.RECOGNISER,
    plate.RECOGNISER,
    documents.PASSPORT,
    documents.TRAVEL_PERMIT,
    passwords.PASSWORD,
    secrets.OTP,
    secrets.CVV,
    ip.RECOGNISER,
    address.RECOGNISER,
    name.RECOGNISER,
)
