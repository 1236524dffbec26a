"""What sends spans to a collector of the intranet. Off unless a setting names one; what it does not take is dropped.

Spans are made of pieces whose attributes are codes of ours and counts. There is no way in for words, numbers, names or
ids of anybody.
"""

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Final, NamedTuple

from appliance.config_telemetry import TelemetrySettings

if TYPE_CHECKING:
    from opentelemetry.sdk.trace import TracerProvider

_EXPORT_S: Final = 5.0
NS_PER_US: Final = 1000

Attributes = Mapping[str, str | int | tuple[str, ...]]


class Piece(NamedTuple):
    name: str
    began_ns: int
    ended_ns: int
    attributes: Attributes


class Spans:
    """Of one process. Nobody waits for the collector."""

    def __init__(self, provider: "TracerProvider") -> None:
        self._provider = provider
        self._tracer = provider.get_tracer("aftersales-appliance")

    @classmethod
    def of(cls, settings: TelemetrySettings, process: str, version: str) -> "Spans | None":
        """None where no collector is named."""
        return cls(_provider(settings, process, version)) if settings.traces_url else None

    def tell(self, pieces: Iterable[Piece]) -> None:
        """One trace: the first is the whole, the others stand under it."""
        from opentelemetry.trace import set_span_in_context

        whole, *parts = pieces
        root = self._tracer.start_span(whole.name, start_time=whole.began_ns, attributes=whole.attributes)
        context = set_span_in_context(root)
        for part in parts:
            span = self._tracer.start_span(part.name, context, start_time=part.began_ns, attributes=part.attributes)
            span.end(part.ended_ns)
        root.end(whole.ended_ns)

    def close(self) -> None:
        """Blocks until what is left was sent, or given up."""
        self._provider.shutdown()


def laid_out(whole: str, whole_us: int, attributes: Attributes, stages: Mapping[str, int], now_ns: int) -> list[Piece]:
    """``stages``: what each took, by the name of its span, in their order; they are laid end to end from the start."""
    took = {name: took_us * NS_PER_US for name, took_us in stages.items()}
    whole_ns = max(sum(took.values()), whole_us * NS_PER_US)
    at = now_ns - whole_ns
    pieces = [Piece(whole, at, now_ns, attributes)]
    for name, took_ns in took.items():
        pieces.append(Piece(name, at, at + took_ns, {}))
        at += took_ns
    return pieces


def _provider(settings: TelemetrySettings, process: str, version: str) -> "TracerProvider":
    """Imported where a collector is named: whoever names none waits for none of it at the start."""
    import requests
    from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
    from opentelemetry.sdk.resources import Resource
    from opentelemetry.sdk.trace import TracerProvider
    from opentelemetry.sdk.trace.export import BatchSpanProcessor
    from opentelemetry.sdk.trace.sampling import TraceIdRatioBased

    session = requests.Session()
    session.trust_env = False  # no proxy that a shell has left, and no .netrc
    exporter = OTLPSpanExporter(
        endpoint=settings.traces_url,
        certificate_file=settings.traces_authority or None,
        timeout=_EXPORT_S,
        session=session,
    )
    said = {"service.name": "aftersales-appliance", "service.version": version, "service.instance.id": process}
    provider = TracerProvider(
        sampler=TraceIdRatioBased(settings.share), resource=Resource(said), shutdown_on_exit=False
    )
    provider.add_span_processor(BatchSpanProcessor(exporter))
    return provider
