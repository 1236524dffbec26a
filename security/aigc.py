"""The implicit label of what a machine has written: the metadata key ``AIGC`` of GB 45438-2025, built and read back.

Today there is one way to carry it, a member of a JSON document. Another kind of file gets a writer and a reader here,
over the same ``Metadata``. Nothing here takes a label off, and no setting does.
"""

from typing import Any, Final

import msgspec

from security.errors import LabelMissing

KEY: Final = "AIGC"
GENERATED: Final = "1"
"""``Label``: it is generated; 2 would say that it may be, 3 that it is suspected to be."""


_NAMES: Final = {
    "label": "Label",
    "content_producer": "ContentProducer",
    "produce_id": "ProduceID",
    "reserved_code1": "ReservedCode1",
    "content_propagator": "ContentPropagator",
    "propagate_id": "PropagateID",
    "reserved_code2": "ReservedCode2",
}


class Metadata(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, rename=_NAMES):
    """All seven keys are always there, empty where there is nothing to say, as others write them."""

    label: str = GENERATED
    content_producer: str
    """Name or code of who provides the service."""
    produce_id: str
    """The producer's own number of this content."""
    reserved_code1: str = ""
    """The producer's, for securing content and label."""
    content_propagator: str = ""
    """Name or code of who spreads it: to be filled in by whoever publishes an export."""
    propagate_id: str = ""
    reserved_code2: str = ""


def read(document: bytes) -> Metadata:
    """The label of a JSON document. LabelMissing if there is none, or one of another form."""
    try:
        found = msgspec.json.decode(document, type=dict[str, Any])[KEY]
        if not isinstance(found, dict) or found.keys() != set(_NAMES.values()):
            raise LabelMissing(f"{KEY} must hold {', '.join(_NAMES.values())}")
        return msgspec.convert(found, Metadata)
    except (msgspec.DecodeError, KeyError) as wrong:
        raise LabelMissing(f"the document has no readable member {KEY}") from wrong
