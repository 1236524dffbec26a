"""All settings: one typed tree, read from ``appliance.toml``; nothing else configures the product.

The file lies in the state directory, or where ``APPLIANCE_CONFIG`` says. ``DATABASE_URL`` and ``APPLIANCE_STATE_DIR``
win over it. A key that is not known refuses to start. ``config_text`` writes the file from these types.
"""

import hashlib
import os
import tomllib
from collections.abc import Mapping
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any

import msgspec
from msgspec import Meta

from appliance.config_backup import BackupSettings
from appliance.config_calls import OutboundSettings, PhotoSettings
from appliance.config_desk import DeskSettings, HandoffSettings
from appliance.config_egress import EgressSettings
from appliance.config_messages import MessageSettings, WebhookSettings
from appliance.config_orders import OrderSettings
from appliance.config_platform import PlatformSettings
from appliance.config_recordings import RecordingSettings
from appliance.config_reports import ReportSettings
from appliance.config_returns import ReturnSettings
from appliance.config_section import Section
from appliance.config_telemetry import TelemetrySettings
from appliance.config_understanding import LlmSettings, UnderstandingSettings
from appliance.config_upkeep import UpkeepSettings
from appliance.config_voice import VoiceSettings
from appliance.config_web import LimitSettings, WebSettings
from appliance.errors import ConfigurationError

SYSTEM_DIR = Path("/var/lib/aftersales-appliance")
"""Where root keeps clusters, and the copy of PostgreSQL that a system user can read."""

CHECKOUT = Path(__file__).resolve().parents[1]

_POINTER = ".state-dir"
"""Written by ``./install.sh`` (``appliance.setup``): versions in folders of their own share one state directory."""

INTRANET = ("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "127.0.0.0/8", "fc00::/7", "fe80::/10", "::1/128")
"""Addresses that no public network routes (RFC 1918, RFC 4193), and this machine."""


class Profile(StrEnum):
    PRODUCTION = "production"
    DEMO = "demo"
    EVALUATION = "evaluation"


class CipherSuite(StrEnum):
    AES_256_GCM = "aes-256-gcm"
    SM4_GCM = "sm4-gcm"


class KeyProvider(StrEnum):
    FILE = "file"
    PKCS11 = "pkcs11"
    SDF = "sdf"


class MoodResponse(StrEnum):
    """What may follow from a customer's mood, in the order in which it is done."""

    PRIORITIZE = "prioritize"
    """Who takes over sees that it is urgent."""
    ALERT = "alert"
    """An event of its own for whoever watches over conversations."""
    LEGAL_WORK_ORDER = "legal_work_order"
    GUARDIAN_NOTICE = "guardian_notice"
    """A minor is asked to bring in a parent."""
    AWAIT_GUARDIAN = "await_guardian"
    """Until a guardian speaks there is no quote, and no yes counts."""
    SOFTEN = "soften"
    """An apology comes before the answer."""
    HAND_OFF = "hand_off"


class DatabaseSettings(Section, frozen=True):
    """PostgreSQL."""

    url: Annotated[
        str, Meta(description="An outside PostgreSQL (15 or newer), by TLS verify-full; empty: our own, embedded")
    ] = ""
    password_file: Annotated[
        str, Meta(description="File with the password of the url's role, so that it stands in no url; empty: none")
    ] = ""
    connections: Annotated[int, Meta(ge=2, le=100, description="Connections that each process may hold")] = 10
    wait_s: Annotated[float, Meta(ge=1, le=60, description="How long a request waits for a database that restarts")] = (
        10.0
    )


class WorkerSettings(Section, frozen=True):
    """Background and periodic work."""

    executors: Annotated[int, Meta(ge=1, le=64, description="Jobs that run at the same time")] = 4


class ConversationSettings(Section, frozen=True):
    """How a conversation keeps time."""

    quiet_ms: Annotated[
        int, Meta(ge=0, le=5000, description="Silence after which a burst of messages is answered as one")
    ] = 600
    receipt_wait_s: Annotated[
        float, Meta(ge=0, le=60, description="How long a turn waits for the order system before it says so and goes on")
    ] = 8.0
    lease_s: Annotated[
        float, Meta(ge=2, le=300, description="Silence of a turn's process after which another may take the turn over")
    ] = 6.0
    queue_after_s: Annotated[
        float,
        Meta(
            ge=0,
            le=600,
            description="When turns wait so long, newcomers are told how long it takes, and queue; 0: never",
        ),
    ] = 20.0
    silence_prompt_s: Annotated[
        int, Meta(ge=10, le=86400, description="Silence after which the bot asks whether the customer is still there")
    ] = 180


_URGENT = (MoodResponse.PRIORITIZE, MoodResponse.ALERT)
_Responses = tuple[MoodResponse, ...]


class MoodSettings(Section, frozen=True):
    """What follows: prioritize, alert, legal_work_order, guardian_notice, await_guardian, soften, hand_off."""

    calm_turns: Annotated[
        int, Meta(ge=1, le=20, description="Milder messages in a row after which the level falls by one")
    ] = 3
    annoyed: Annotated[_Responses, Meta(description="When he becomes annoyed")] = ()
    angry: Annotated[_Responses, Meta(description="When he becomes angry: a hand-off for emotion")] = (
        *_URGENT,
        MoodResponse.HAND_OFF,
    )
    threatening: Annotated[_Responses, Meta(description="When he threatens: a hand-off for risk_words")] = (
        *_URGENT,
        MoodResponse.HAND_OFF,
    )
    authority: Annotated[_Responses, Meta(description="Besides, when it is with an authority (12315)")] = ()
    exposure: Annotated[_Responses, Meta(description="Besides, when it is with the press or the net")] = ()
    legal: Annotated[_Responses, Meta(description="Besides, when it is with a lawyer or a court")] = ()
    police: Annotated[_Responses, Meta(description="Besides, when it is with the police")] = ()
    self_harm: Annotated[
        _Responses, Meta(description="Besides words of care and the hand-off at once, which have no switch")
    ] = _URGENT
    minor: Annotated[
        _Responses, Meta(description="When a minor is speaking, or has bought; a hand-off is for policy")
    ] = (
        MoodResponse.ALERT,
        MoodResponse.GUARDIAN_NOTICE,
        MoodResponse.AWAIT_GUARDIAN,
    )


class CryptoSettings(Section, frozen=True):
    """Encryption at rest."""

    suite: Annotated[CipherSuite, Meta(description="For what is written from now on; older data stays readable")] = (
        CipherSuite.AES_256_GCM
    )


class KeySettings(Section, frozen=True):
    """Where the root of all keys is kept. Chosen before the first start: what is stored opens under no other root."""

    provider: Annotated[
        KeyProvider,
        Meta(description="file (this machine's disk), pkcs11 (a token) or sdf (a device of GM/T 0018)"),
    ] = KeyProvider.FILE
    pkcs11_library: Annotated[
        str, Meta(description="The token's own library, such as /usr/lib/softhsm/libsofthsm2.so")
    ] = ""
    pkcs11_label: Annotated[str, Meta(description="Label of the token")] = "aftersales"
    pkcs11_pin_file: Annotated[
        str, Meta(description="File with the token's user PIN, for the appliance to read only")
    ] = ""
    pkcs11_name: Annotated[
        str, Meta(min_length=1, max_length=64, description="What the names of its keys in the token begin with")
    ] = "aftersales-root"
    sdf_library: Annotated[str, Meta(description="The device's own library")] = ""
    sdf_key_index: Annotated[int, Meta(ge=1, le=1024, description="Index of its key-encryption key that wraps")] = 1


class AccessSettings(Section, frozen=True):
    """Staff: who may log in, from where, and for how long. A second factor is always needed: it has no setting."""

    origin: Annotated[
        str,
        Meta(
            description="The console's own address, such as https://console.example.internal; passkeys need it, by "
            "name: browsers take none at an IP address"
        ),
    ] = ""
    trusted_proxies: Annotated[
        tuple[str, ...], Meta(description="Networks whose X-Forwarded-For is believed; its last entry counts")
    ] = ("127.0.0.0/8", "::1/128")
    certificate_proxies: Annotated[
        tuple[str, ...],
        Meta(
            description="Networks of the proxies whose Client-Cert is believed; each must drop what clients send of it"
        ),
    ] = ()
    networks: Annotated[
        tuple[str, ...], Meta(description="Networks that staff may come from; empty: any that reaches this address")
    ] = INTRANET
    password_length: Annotated[int, Meta(ge=8, le=64, description="Fewest characters of a password")] = 12
    password_days: Annotated[int, Meta(ge=30, le=180, description="Days until a password has to be changed")] = 90
    passwords_remembered: Annotated[int, Meta(ge=5, le=24, description="Last passwords that may not come back")] = 5
    failures: Annotated[int, Meta(ge=3, le=10, description="Failed attempts that lock a name")] = 5
    failure_window_min: Annotated[int, Meta(ge=5, le=60, description="Minutes in which they are counted")] = 15
    lock_min: Annotated[int, Meta(ge=10, le=1440, description="Minutes that a name stays locked")] = 30
    source_failures: Annotated[
        int, Meta(ge=5, le=1000, description="Failed attempts in that time after which an address has to wait")
    ] = 30
    idle_min: Annotated[int, Meta(ge=1, le=30, description="Minutes without use after which a session ends")] = 15
    absolute_h: Annotated[int, Meta(ge=1, le=12, description="Hours after which a session ends whatever happens")] = 8
    sessions: Annotated[int, Meta(ge=1, le=5, description="Sessions that one person may have at the same time")] = 2
    unused_days: Annotated[int, Meta(ge=30, le=180, description="Days without use that disable an account")] = 90
    reveals_per_hour: Annotated[
        int, Meta(ge=1, le=200, description="Clear values that one person may ask for in an hour")
    ] = 30


class WorkSettings(Section, frozen=True):
    """Work orders, and refunds beyond policy that one person proposes and another approves. Money in fen."""

    terms_file: Annotated[
        str,
        Meta(description="Teams and times: a changed copy of the terms.toml that ships; empty: that one"),
    ] = ""
    agent_propose_fen: Annotated[
        int, Meta(ge=0, le=100_000_000, description="Most that an agent may propose in one special refund")
    ] = 200_000
    supervisor_propose_fen: Annotated[
        int, Meta(ge=0, le=100_000_000, description="Most that a supervisor may propose in one special refund")
    ] = 1_000_000
    approver_fen: Annotated[
        int, Meta(ge=0, le=100_000_000, description="Most that an approver may approve in one special refund")
    ] = 1_000_000
    approver_day_fen: Annotated[
        int, Meta(ge=0, le=1_000_000_000, description="Most that one approver may approve in 24 hours")
    ] = 5_000_000
    order_fen: Annotated[
        int, Meta(ge=0, le=100_000_000, description="Most that the special refunds of one order may come to")
    ] = 2_000_000
    proposals_per_day: Annotated[
        int, Meta(ge=1, le=1000, description="Special refunds that one person may propose in 24 hours")
    ] = 20
    customer_refunds: Annotated[
        int, Meta(ge=1, le=100, description="Special refunds that one customer may get in 30 days")
    ] = 3
    proposal_hours: Annotated[
        int, Meta(ge=1, le=720, description="Hours after which a special refund that nobody has decided expires")
    ] = 48


class AuditSettings(Section, frozen=True):
    """The audit log."""

    segments_dir: Annotated[
        str, Meta(description="Where sealed segments are written; relative to the state directory")
    ] = "audit"
    forward_to: Annotated[
        str,
        Meta(description="Collector of audit records: syslog+tls://host:port or jsonl+tls://host:port; empty: none"),
    ] = ""
    forward_authority: Annotated[
        str, Meta(description="PEM file of the authority that the collector's certificate is checked against")
    ] = ""
    forward_certificate: Annotated[
        str, Meta(description="PEM file of our own certificate and key, where the collector asks for one; empty: none")
    ] = ""


class DemoSettings(Section, frozen=True):
    """The demo order system, in the profiles demo and evaluation."""

    order_system_port: Annotated[int, Meta(ge=0, le=65535, description="TCP port on 127.0.0.1; 0: any free one")] = 8090


class Settings(Section, frozen=True):
    """Aftersales appliance."""

    profile: Annotated[
        Profile,
        Meta(description="production, demo (with a demo order system) or evaluation (a settable business clock)"),
    ] = Profile.PRODUCTION
    state_dir: Annotated[
        str, Meta(description="Where everything that must survive is kept; empty: chosen by who runs it")
    ] = ""
    ai_label_producer: Annotated[
        str,
        Meta(max_length=200, description="Who provides the service, by name or code, on exports; empty: the shop's id"),
    ] = ""
    database: DatabaseSettings = DatabaseSettings()
    web: WebSettings = WebSettings()
    limits: LimitSettings = LimitSettings()
    worker: WorkerSettings = WorkerSettings()
    conversation: ConversationSettings = ConversationSettings()
    mood: MoodSettings = MoodSettings()
    understanding: UnderstandingSettings = UnderstandingSettings()
    llm: LlmSettings = LlmSettings()
    crypto: CryptoSettings = CryptoSettings()
    keys: KeySettings = KeySettings()
    access: AccessSettings = AccessSettings()
    work: WorkSettings = WorkSettings()
    handoff: HandoffSettings = HandoffSettings()
    desk: DeskSettings = DeskSettings()
    reports: ReportSettings = ReportSettings()
    orders: OrderSettings = OrderSettings()
    returns: ReturnSettings = ReturnSettings()
    messages: MessageSettings = MessageSettings()
    voice: VoiceSettings = VoiceSettings()
    photos: PhotoSettings = PhotoSettings()
    outbound: OutboundSettings = OutboundSettings()
    recordings: RecordingSettings = RecordingSettings()
    audit: AuditSettings = AuditSettings()
    backup: BackupSettings = BackupSettings()
    upkeep: UpkeepSettings = UpkeepSettings()
    webhooks: WebhookSettings = WebhookSettings()
    platform: PlatformSettings = PlatformSettings()
    egress: EgressSettings = EgressSettings()
    telemetry: TelemetrySettings = TelemetrySettings()
    demo: DemoSettings = DemoSettings()

    @property
    def state_path(self) -> Path:
        return Path(self.state_dir)

    @property
    def audit_path(self) -> Path:
        return self.state_path / self.audit.segments_dir


def default_state_dir() -> Path:
    """Where this folder was installed into. Else of root: in the system's place, one a checkout; of a user: ``var``."""
    if (pointer := CHECKOUT / _POINTER).is_file():
        return Path(pointer.read_text(encoding="utf-8").strip())
    if os.geteuid() != 0:
        return CHECKOUT / "var"
    return SYSTEM_DIR / _instance(CHECKOUT)


def file_of(environment: Mapping[str, str] = os.environ) -> Path:
    """Where the file of settings lies, if there is one."""
    folder = Path(environment.get("APPLIANCE_STATE_DIR") or default_state_dir())
    return Path(environment.get("APPLIANCE_CONFIG") or folder / "appliance.toml")


def load(environment: Mapping[str, str] = os.environ) -> Settings:
    """The settings in force. ``state_dir`` is filled in; ``ConfigurationError`` names file, key and what is wrong."""
    path = file_of(environment)
    if environment.get("APPLIANCE_CONFIG") and not path.is_file():
        raise ConfigurationError(f"APPLIANCE_CONFIG names {path}, which is not there")
    settings = parse(path.read_text(encoding="utf-8"), source=str(path)) if path.is_file() else Settings()
    state_dir = Path(environment.get("APPLIANCE_STATE_DIR") or settings.state_dir or default_state_dir()).absolute()
    database = settings.database
    if url := environment.get("DATABASE_URL", ""):
        database = msgspec.structs.replace(database, url=url)
    return msgspec.structs.replace(settings, state_dir=str(state_dir), database=database)


def parse(text: str, *, source: str) -> Settings:
    try:
        tree: dict[str, Any] = tomllib.loads(text)
        return msgspec.convert(tree, Settings)
    except (tomllib.TOMLDecodeError, msgspec.ValidationError) as wrong:
        raise ConfigurationError(f"{source}: {_in_words(str(wrong))}") from wrong


def _in_words(wrong: str) -> str:
    what, _, where = wrong.partition(" - at `$")
    return f"{where.rstrip('`').lstrip('.')}: {what}" if where else what


def _instance(checkout: Path) -> str:
    digest = hashlib.sha256(os.fsencode(checkout)).hexdigest()[:6]
    return f"{checkout.name}-{digest}"
