"""姓名: found by what it looks like and what stands around it (``security.pii.names``)."""

from security.pii.model import PiiType
from security.pii.names.anchors import HINTS
from security.pii.names.finder import places
from security.pii.recogniser import Recogniser

RECOGNISER = Recogniser(
    type=PiiType.NAME,
    places=places,
    hint="|".join((*HINTS, "[0-9]{3}")),
    normalise=lambda text: "".join(text.split()),
)
