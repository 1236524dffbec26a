"""From one signing key to the next: a record signed by both, then a checkpoint by the new one, then the old one goes.

Each step may be the last before a crash; what the log says decides which key signs on.
"""

import base64
from collections.abc import Sequence
from typing import NamedTuple, Protocol

from security.audit.checkpoint import origin_of
from security.audit.note import Signer, VerifierKey
from security.audit.record import Actor, ActorType, AuditEvent, Category, Outcome, Target, to_record
from security.audit.verify import KEY_CHANGE, key_change_message
from security.errors import AuditCorrupt, RecordRefused


class Succession(Protocol):
    """Where a successor to the signing key is laid, for the sealer to take up."""

    def successor(self) -> Signer | None: ...

    def promote(self) -> None:
        """The successor is the key now; the old one is destroyed."""
        ...


class _NoSuccession:
    def successor(self) -> Signer | None:
        return None

    def promote(self) -> None:
        raise NotImplementedError


NO_SUCCESSION: Succession = _NoSuccession()


class Change(NamedTuple):
    old: str
    new: str


class Keys:
    """The key that signs, and the one that will."""

    def __init__(self, signer: Signer, succession: Succession) -> None:
        self.signer = signer
        self._succession = succession

    def verifier(self, log_id: str) -> VerifierKey:
        return VerifierKey(origin_of(log_id), self.signer.public_key)

    def verifiers(self, log_id: str) -> list[VerifierKey]:
        """Whose signatures the end of the log may carry."""
        successor = self._succession.successor()
        later = [VerifierKey(origin_of(log_id), successor.public_key)] if successor else []
        return [self.verifier(log_id), *later]

    def event(self, log_id: str) -> AuditEvent | None:
        """What the log is to say if a successor waits."""
        successor = self._succession.successor()
        if successor is None:
            return None
        old, new = map(str, self.verifiers(log_id))
        message = key_change_message(log_id, old, new)
        return AuditEvent(
            actor=Actor(type=ActorType.SERVICE, id="audit.sealer"),
            cat=Category.AUDIT,
            action=KEY_CHANGE,
            object=Target(type="log", id=log_id),
            outcome=Outcome.SUCCESS,
            detail={
                "old": old,
                "new": new,
                "old_signature": base64.b64encode(self.signer.sign(message)).decode(),
                "new_signature": base64.b64encode(successor.sign(message)).decode(),
            },
        )

    def begun_in(self, events: Sequence[AuditEvent], log_id: str) -> Change | None:
        """The change that one of these pending events begins."""
        asked = [event for event in events if event.action == KEY_CHANGE]
        return self._change(asked[-1], log_id) if asked else None

    def refuse_strange_change(self, event: AuditEvent, log_id: str) -> None:
        """A record of a change that is not ours to make would make the whole log look touched."""
        if event.action == KEY_CHANGE and self._change(event, log_id) is None:
            raise RecordRefused("a change of keys that is not this log's")

    def _change(self, event: AuditEvent, log_id: str) -> Change | None:
        ours = self.event(log_id)
        if ours is None or event.detail != ours.detail:
            return None
        return Change(ours.detail["old"], ours.detail["new"])

    def take_over(self) -> None:
        """The record is sealed: from now on the successor signs."""
        successor = self._succession.successor()
        if successor is None:
            raise AuditCorrupt("the successor of the signing key is gone; put it back from its backup")
        self.signer = successor

    def promote(self) -> None:
        self._succession.promote()

    def settle(self, log_id: str, change: Change | None) -> None:
        """After a crash in the middle: go on with the key that the log names."""
        if change is None or change.new == str(self.verifier(log_id)):
            return
        if change.new != str(self.verifiers(log_id)[-1]):
            raise AuditCorrupt("the log was continued under a key that is not here; put the newest key back")
        self.take_over()
        self.promote()


def change_in(raws: Sequence[bytes]) -> Change | None:
    """The latest change of keys that the log tells of."""
    if not raws:
        return None
    detail = to_record(raws[-1]).detail
    return Change(detail["old"], detail["new"])


def published(known: Sequence[str], key: str, change: Change | None) -> list[str]:
    """The public keys with the one that signs last. ValueError where they belong to something else."""
    if not known:
        return [change.old, key] if change and change.new == key else [key]
    if known[-1] == key:
        return list(known)
    if change is None or change != (known[-1], key):
        raise ValueError("names another log or key: use the signing key that belongs to this directory")
    return [*known, key]
