"""地址: from its first district or road to the last house part (``security.pii.addresses``)."""

from security.pii.addresses.finder import HINT, places
from security.pii.model import PiiType
from security.pii.recogniser import Recogniser

RECOGNISER = Recogniser(
    type=PiiType.ADDRESS,
    places=places,
    hint=HINT,
    normalise=lambda text: "".join(text.split()),
)
