"""docs/reference/client.md: the client by its signatures and docstrings, as they are written."""

import ast
import inspect
import textwrap
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import msgspec

from aftersales_client import credentials, errors, model, webhooks, words
from aftersales_client.client import AsyncClient, Client, Operations
from aftersales_client.faces import Operation
from aftersales_client.patience import Patience
from aftersales_client.words import Word

PAGE: Final = Path(__file__).parents[2] / "docs" / "reference" / "client.md"
_HEAD: Final = """# Reference of the client

Written by `python -m tests.reference` from `appliance/client/intranet/aftersales_client`: change it there. How it
is used: [README](../../appliance/client/intranet/README.md). As it goes over the wire: [intranet.md](intranet.md).

Each operation is called on `Client`, and awaited on `AsyncClient`; `every_…` is an iterator of the one and an
asynchronous iterator of the other.
"""


def render() -> str:
    parts = [
        _HEAD,
        "## Operations",
        *_operations(),
        "## Making a client",
        *(_made(kind) for kind in (Client, AsyncClient, credentials.ApiKey, credentials.Signing)),
        _function("mutual_tls", credentials.mutual_tls),
        _struct(Patience),
        "## Webhooks",
        _doc(webhooks),
        _made(webhooks.Webhooks),
        _function("verify", webhooks.Webhooks.verify),
        *_structs(webhooks),
        "## What can go wrong",
        _tree(),
        *_structs(errors),
        "## What is sent and answered",
        *_structs(model),
        "## Closed sets",
        _doc(words),
        "\n".join(_sets()),
    ]
    return "\n\n".join(part.strip("\n") for part in parts) + "\n"


def _operations() -> Iterator[str]:
    for name, what in vars(Operations).items():
        if isinstance(what, Operation):
            yield _function(name, what.call)
        elif name.startswith("every_"):
            yield f"### {name}\n\n{_doc(what)}"


def _function(name: str, call: Any) -> str:
    return f"### {name}\n\n{_fence(name, call)}\n\n{_doc(call)}"


def _made(kind: type) -> str:
    return f"### {kind.__name__}\n\n{_fence(kind.__name__, kind.__init__)}\n\n{_doc(kind)}"  # type: ignore[misc]


def _fence(name: str, call: Any) -> str:
    """With the answer itself in place of the call that is described."""
    (written,) = ast.parse(textwrap.dedent(inspect.getsource(call))).body
    assert isinstance(written, ast.FunctionDef)
    arguments = ast.unparse(written.args).removeprefix("self, ")
    answer = ast.unparse(written.returns).removeprefix("Call[") if written.returns else "None"
    answer = answer[:-1] if answer.count("]") > answer.count("[") else answer
    returns = "" if answer == "None" else f" -> {answer}"
    return f"```python\n{name}({arguments}){returns}\n```"


def _tree() -> str:
    head, _, tree = (errors.__doc__ or "").partition("\n\n")
    return f"{_plain(head)}\n\n```\n{textwrap.dedent(tree).strip()}\n```"


def _structs(module: Any) -> Iterator[str]:
    for kind in vars(module).values():
        is_struct = inspect.isclass(kind) and issubclass(kind, msgspec.Struct) and kind.__module__ == module.__name__
        if is_struct and kind.__struct_fields__ and not kind.__name__.startswith("_"):
            yield _struct(kind)


def _struct(kind: type[msgspec.Struct]) -> str:
    rows = [f"| `{name}` | `{type_}` | {note} |" for name, type_, note in _fields(kind)]
    doc = f"{_doc(kind)}\n\n" if kind.__doc__ else ""
    return f"### {kind.__name__}\n\n{doc}" + "\n".join(["| field | type | |", "| --- | --- | --- |", *rows])


def _fields(kind: type) -> Iterator[tuple[str, str, str]]:
    """Name, type, and the words below it; those of its base first."""
    base = kind.__bases__[0]
    if base.__module__ == kind.__module__:
        yield from _fields(base)
    (written,) = ast.parse(inspect.getsource(kind)).body
    assert isinstance(written, ast.ClassDef)
    for field, below in zip(written.body, [*written.body[1:], ast.Pass()], strict=True):
        if isinstance(field, ast.AnnAssign):
            note = below.value.value if isinstance(below, ast.Expr) and isinstance(below.value, ast.Constant) else ""
            yield ast.unparse(field.target), ast.unparse(field.annotation).replace("|", "\\|"), _plain(str(note))


def _sets() -> Iterator[str]:
    for kind in vars(words).values():
        if inspect.isclass(kind) and issubclass(kind, Word) and kind is not Word:
            yield f"* `{kind.__name__}`: {' '.join(f'`{word.value}`' for word in kind)}"


def _doc(what: Any) -> str:
    return _plain(inspect.cleandoc(what.__doc__ or ""))


def _plain(text: str) -> str:
    return text.replace("``", "`")
