"""Settings of what understands customers: the compact model, and a language model before it."""

from typing import Annotated

from msgspec import Meta

from appliance.config_section import Section


class UnderstandingSettings(Section, frozen=True):
    """What an enterprise adds to the compact model; 'appliance models train' trains it."""

    corpus_dir: Annotated[
        str, Meta(description="Words of your own (docs/own-corpus.md); relative to the state directory")
    ] = "corpus"
    model_dir: Annotated[
        str, Meta(description="Where the model trained with them is kept; relative to the state directory")
    ] = "models/compact"


class LlmSettings(Section, frozen=True):
    """The language model that understands customers. Without one, the compact model that ships does it alone."""

    url: Annotated[
        str, Meta(description="Where vLLM serves it, such as http://127.0.0.1:8000/v1; empty: no language model")
    ] = ""
    model: Annotated[str, Meta(description="The name it is served under")] = "chat"
    api_key_file: Annotated[str, Meta(description="File with the server's API key; empty: it asks for none")] = ""
    smaller_url: Annotated[
        str,
        Meta(
            description="Where a smaller model is served, asked while the first is away or rests; empty: there is none"
        ),
    ] = ""
    smaller_model: Annotated[str, Meta(description="The name that the smaller one is served under")] = "chat"
    smaller_api_key_file: Annotated[
        str, Meta(description="File with the API key of its server; empty: it asks for none")
    ] = ""
    deadline_s: Annotated[
        float,
        Meta(ge=0.2, le=20, description="How long a message waits for it before the compact model's answer counts"),
    ] = 2.5
    at_once: Annotated[
        int,
        Meta(
            ge=1,
            le=256,
            description="Questions under way at a time, of each process; what is more goes to the compact model",
        ),
    ] = 16
    failures: Annotated[
        int, Meta(ge=1, le=50, description="Failed questions in a row after which its server is left alone")
    ] = 5
    rest_s: Annotated[
        float, Meta(ge=1, le=300, description="How long it is left alone; then one question tries it for the others")
    ] = 15.0
    rephrase: Annotated[
        bool, Meta(description="Whether it may reword small talk, questions, answers and refusals; each is checked")
    ] = False
    rephrase_deadline_s: Annotated[
        float, Meta(ge=0.2, le=10, description="How long a turn waits for new wordings before the templates count")
    ] = 1.5
