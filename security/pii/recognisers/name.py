"""姓名: found by what it looks like and what stands around it (``security.pii.names``)."""

from security.pii.model import PiiType
from security.pii.names.finder import HINT, places
from security.pii.recogniser import Recogniser

RECOGNISER = Recogniser(
    type=PiiType.NAME,
    places=places,
    hint=HINT,
    normalise=lambda text: "".join(text.split()),
)
