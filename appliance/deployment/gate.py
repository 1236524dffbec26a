"""The way out of containers that have none: HAProxy passes on, byte by byte, what the settings name.

Inside, a destination's own name leads to the gate, so that certificates are checked against the real name from end to
end; the gate sees no plaintext and chooses nothing.
"""

import hashlib
import json
from collections.abc import Sequence
from typing import Any, Final

from appliance.deployment.reach import Reached
from appliance.deployment.text import filled
from appliance.errors import ConfigurationError
from appliance.supervisor.places import Place

INSIDE: Final = frozenset({"postgres", "chat", "embedding", "rerank", "asr", "tts"})
"""Names of services that stand beside the product and need no gate."""
SETTLED: Final = ("web", "worker", "phone", "migrations")
"""Services that read the settings."""
LABEL: Final = "internal.aftersales.reads"
"""Of a container: the digest of the file that may change under it."""


def through_gate(wanted: Sequence[Place]) -> tuple[Place, ...]:
    """ConfigurationError where an address stands for a name: only names lead to the gate."""
    outside = tuple(each for each in wanted if each.host not in INSIDE)
    for each in outside:
        if each.host.replace(".", "").isdigit() or ":" in each.host:
            raise ConfigurationError(
                f"{each.named_by}: containers reach {each} by its name only: give it one in your name server or "
                "/etc/hosts, with a certificate for that"
            )
    return outside


def gate_config(reached: Sequence[Reached]) -> str:
    """What HAProxy reads: one listener for each port, since all names lead to it; it tells them apart by SNI."""
    ports: dict[int, list[Reached]] = {}
    for each in reached:
        ports.setdefault(each.destination.port, []).append(each)
    for port, several in ports.items():
        if len(several) > 1 and port == _PLAIN:
            raise ConfigurationError(
                f"platform.reach: several names at port {_PLAIN}, which no certificate tells apart: let them speak TLS"
            )
    return filled("gate.cfg.j2", ports=dict(sorted(ports.items())))


_PLAIN: Final = 80


def gate_overlay(wanted: Sequence[Place], gate: str, settings: str) -> str:
    """What Compose lays over its file: the names that lead to the gate, and who reads which text. JSON is YAML, too.

    Compose does not look into the files that it mounts; a container whose label is another one it makes anew.
    """
    names = sorted({each.host for each in wanted})
    services: dict[str, Any] = {name: {"labels": {LABEL: _digest(settings)}} for name in SETTLED}
    services["gate"] = {"labels": {LABEL: _digest(gate)}, "networks": {"out": {"aliases": names}}}
    return json.dumps({"services": services}, indent=2) + "\n"


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def network_policy(reached: Sequence[Reached]) -> str:
    """The same for Kubernetes: which addresses web and worker may reach outside the cluster."""
    rules = [
        {
            "to": [{"ipBlock": {"cidr": f"{address}/{address.max_prefixlen}"}}],
            "ports": [{"protocol": "TCP", "port": each.destination.port}],
        }
        for each in reached
        for address in each.addresses
    ]
    policy = {
        "apiVersion": "networking.k8s.io/v1",
        "kind": "NetworkPolicy",
        "metadata": {"name": "reach-intranet"},
        "spec": {
            "podSelector": {
                "matchExpressions": [
                    {"key": "app.kubernetes.io/component", "operator": "In", "values": ["web", "worker"]}
                ]
            },
            "policyTypes": ["Egress"],
            "egress": rules,
        },
    }
    return json.dumps(policy, indent=2, ensure_ascii=False) + "\n"
