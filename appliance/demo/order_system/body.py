"""Bodies are decoded strictly by msgspec: wrong types are not bent into shape, and a mistake is told with its path."""

from collections.abc import Generator
from typing import Any, TypeVar

import msgspec
from litestar import Request
from litestar._openapi.schema_generation import SchemaCreator
from litestar.dto import AbstractDTO, DTOFieldDefinition
from litestar.openapi.spec import Reference, Schema
from litestar.typing import FieldDefinition

from appliance.demo.order_system.problems import Problem

T = TypeVar("T")


class Strict(AbstractDTO[T]):
    """``dto=Strict[Body]``: the handler's ``data`` is a ``Body``, and OpenAPI shows it."""

    def decode_bytes(self, value: bytes) -> T:
        try:
            return msgspec.json.decode(value, type=self.model_type)
        except msgspec.ValidationError as error:
            raise Problem(422, "BODY_INVALID", str(error)) from error
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
            raise Problem(400, "BODY_NOT_JSON", "the body is not JSON") from error

    @classmethod
    def create_for_field_definition(cls, *_: Any, **__: Any) -> None:
        """No transfer model: the body's own type is decoded."""

    @classmethod
    def create_openapi_schema(
        cls,
        field_definition: FieldDefinition,
        handler_id: str,  # noqa: ARG003
        schema_creator: SchemaCreator,
    ) -> Reference | Schema:
        return schema_creator.for_field_definition(field_definition)

    @classmethod
    def generate_field_definitions(cls, model_type: type[Any]) -> Generator[DTOFieldDefinition, None, None]:  # noqa: ARG003
        yield from ()

    @classmethod
    def detect_nested_field(cls, field_definition: FieldDefinition) -> bool:  # noqa: ARG003
        return False


async def require_body(request: Request[Any, Any, Any]) -> None:
    """Before a handler that takes a body: there is one."""
    if request.route_handler.resolve_data_dto() is not None and not await request.body():
        raise Problem(422, "BODY_MISSING", "send a JSON body")
