"""The tree of this package's errors: a stable code, and whether a retry helps.

    SecurityError
    ├── KeyFileRefused        a key file is missing, damaged, or others may read it
    ├── SharesRefused         shares of a root key do not open, or do not belong together
    ├── DeviceFailed          a cryptographic device refused, or does not answer
    ├── KeysUnavailable       no keys for this shop or subject, or not under this root key
    │   ├── SubjectErased     the subject's keys were destroyed on purpose
    │   └── EpochGone         what the epoch of a shop's key hangs on was destroyed, or is not on this machine
    ├── CiphertextRefused     not ours, cut, changed, or moved from where it was sealed
    ├── ArchiveRefused        a backup is cut, changed, none of ours, or under a root key that is not here
    ├── RecordRefused         an audit event does not fit the closed schema
    ├── AuditUnavailable      a record could not be sealed in time: do not act
    ├── PruningRefused        records are too young to go, or two people have not approved
    ├── ForwardingRefused     a collector of audit records is named wrongly, or does not do its part
    ├── AuditCorrupt          the two sinks contradict each other or the signed checkpoints
    ├── GuardNotPlaced        the egress guard cannot be put into an engine's environment
    └── LabelMissing          a document does not carry the whole label of generated content

No message carries a personal value, a key or a plaintext.
"""

from typing import ClassVar


class SecurityError(Exception):
    code: ClassVar[str] = "security_error"
    retryable: ClassVar[bool] = False


class KeyFileRefused(SecurityError):
    """The message names the file and the cure."""

    code = "key_file_refused"


class SharesRefused(SecurityError):
    code = "shares_refused"


class DeviceFailed(SecurityError):
    """The message names the call and the device's own code."""

    code = "device_failed"
    retryable = True


class KeysUnavailable(SecurityError):
    code = "keys_unavailable"


class SubjectErased(KeysUnavailable):
    code = "subject_erased"


class EpochGone(KeysUnavailable):
    code = "epoch_gone"


class CiphertextRefused(SecurityError):
    """One message for every cause: which check failed is of use to an attacker only."""

    code = "ciphertext_refused"


class ArchiveRefused(SecurityError):
    """The message says the cure. Nothing was touched."""

    code = "archive_refused"


class RecordRefused(SecurityError):
    code = "record_refused"


class AuditUnavailable(SecurityError):
    code = "audit_unavailable"
    retryable = True


class PruningRefused(SecurityError):
    code = "pruning_refused"


class RestorationRefused(SecurityError):
    code = "restoration_refused"


class ForwardingRefused(SecurityError):
    code = "forwarding_refused"


class AuditCorrupt(SecurityError):
    code = "audit_corrupt"


class LabelMissing(SecurityError):
    code = "label_missing"


class GuardNotPlaced(SecurityError):
    """The message names the place and the cure."""

    code = "guard_not_placed"
