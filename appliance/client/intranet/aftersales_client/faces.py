"""One description of an operation, two faces: ``Client`` answers it, ``AsyncClient`` has it awaited.

So no operation is written down twice, and both have the same arguments and words.
"""

from collections.abc import AsyncIterator, Callable, Coroutine, Iterator, Sequence
from functools import update_wrapper
from typing import TYPE_CHECKING, Any, Generic, ParamSpec, Protocol, Self, TypeVar, overload

from aftersales_client.calls import Call

if TYPE_CHECKING:
    from aftersales_client.client import AsyncClient, Client

P = ParamSpec("P")
T = TypeVar("T")
T_co = TypeVar("T_co", covariant=True)


class Page(Protocol[T_co]):
    """What an operation that lists answers."""

    @property
    def items(self) -> Sequence[T_co]: ...

    @property
    def cursor(self) -> str | None: ...


class Operation(Generic[P, T]):
    def __init__(self, call: Callable[P, Call[T]]) -> None:
        self.call = call
        self.__doc__ = call.__doc__

    @overload
    def __get__(self, client: None, owner: type) -> Self: ...
    @overload
    def __get__(self, client: "Client", owner: type) -> Callable[P, T]: ...
    @overload
    def __get__(self, client: "AsyncClient", owner: type) -> Callable[P, Coroutine[Any, Any, T]]: ...
    def __get__(self, client: Any, owner: type) -> Any:
        if client is None:
            return self

        def ask(*args: P.args, **more: P.kwargs) -> Any:
            return client.ask(self.call(*args, **more))

        return update_wrapper(ask, self.call)


class Every(Generic[P, T]):
    """All that an operation lists, page by page as it is asked for: an iterator, or an asynchronous one."""

    def __init__(self, call: Callable[P, Call[Page[T]]]) -> None:
        self.call = call
        self.__doc__ = (
            f"All that ``{call.__name__}`` lists, page by page as it is asked for. It takes the same arguments."
        )

    @overload
    def __get__(self, client: None, owner: type) -> Self: ...
    @overload
    def __get__(self, client: "Client", owner: type) -> Callable[P, Iterator[T]]: ...
    @overload
    def __get__(self, client: "AsyncClient", owner: type) -> Callable[P, AsyncIterator[T]]: ...
    def __get__(self, client: Any, owner: type) -> Any:
        if client is None:
            return self
        return client.leaf_through(self.call)
