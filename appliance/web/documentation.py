"""The API's own documentation: OpenAPI 3.1 as JSON, and a page to read it, without a byte from elsewhere."""

from dataclasses import fields
from http import HTTPStatus
from pathlib import Path
from typing import Any, Final

import msgspec
from litestar import Request, Router
from litestar._openapi.schema_generation import SchemaCreator  # nowhere public; the version is pinned
from litestar._openapi.schema_generation.plugins.struct import StructSchemaPlugin
from litestar.enums import MediaType
from litestar.openapi import OpenAPIConfig, ResponseSpec
from litestar.openapi.plugins import JsonRenderPlugin, OpenAPIRenderPlugin
from litestar.openapi.spec import Components, License, OpenAPI, Schema, SecurityScheme
from litestar.plugins import OpenAPISchemaPlugin
from litestar.static_files import create_static_files_router
from litestar.typing import FieldDefinition
from swagger_ui_bundle import swagger_ui_path  # type: ignore[import-untyped]

from appliance.web.access import COOKIE, public
from appliance.web.headers import DOCUMENTATION
from appliance.web.openapi30 import downgrade
from appliance.web.problems import MEDIA_TYPE as PROBLEM
from appliance.web.problems import Problem
from appliance.web.request import Body

CONVERSATION_TOKEN: Final = "ConversationToken"  # noqa: S105 - a name, not a secret
API_KEY: Final = "ApiKey"
STAFF_SESSION: Final = "StaffSession"

_OPEN: Final = public("the same for every installation, and holds no data")
_PAGES: Final = Path(__file__).with_name("pages")
_DESCRIPTION: Final = """
Customer conversations, and what the shop's own systems exchange with the appliance.

The chat WebSocket is described in `docs/asyncapi.yaml`, everything else in `docs/api.md`. Errors are problems
(RFC 9457): `code` is stable and meant for programs.
""".strip()


class _Page(OpenAPIRenderPlugin):
    """The page that loads Swagger UI from our own assets."""

    def __init__(self) -> None:
        super().__init__(path="/", media_type=MediaType.HTML)
        self._content = (_PAGES / "documentation.html").read_bytes()

    def render(self, request: Request[Any, Any, Any], openapi_schema: dict[str, Any]) -> bytes:  # noqa: ARG002
        return self._content


class _For30(OpenAPIRenderPlugin):
    def __init__(self) -> None:
        super().__init__(path="/openapi-3.0.json", media_type=MediaType.JSON)

    def render(self, request: Request[Any, Any, Any], openapi_schema: dict[str, Any]) -> bytes:  # noqa: ARG002
        return msgspec.json.encode(downgrade(openapi_schema))


class _Document(OpenAPI):
    """Without the 400 that the framework adds wherever there are parameters: what does not fit is a 422 here."""

    def to_schema(self) -> dict[str, Any]:
        schema = super().to_schema()
        for operations in schema["paths"].values():
            for operation in operations.values():
                if PROBLEM not in operation["responses"].get("400", {}).get("content", {}):
                    operation["responses"].pop("400", None)
        return schema


class _Configuration(OpenAPIConfig):
    def to_openapi_schema(self) -> OpenAPI:
        plain = super().to_openapi_schema()
        return _Document(**{field.name: getattr(plain, field.name) for field in fields(plain)})


class StrictBodies(OpenAPISchemaPlugin):
    """Says of request bodies what ``StrictRequest`` does with unknown fields."""

    def is_plugin_supported_field(self, field_definition: FieldDefinition) -> bool:
        return not field_definition.is_union and field_definition.is_subclass_of(Body)

    def to_openapi_schema(self, field_definition: FieldDefinition, schema_creator: SchemaCreator) -> Schema:
        schema = StructSchemaPlugin().to_openapi_schema(field_definition, schema_creator)
        schema.additional_properties = False
        return schema


def openapi_config(version: str) -> OpenAPIConfig:
    return _Configuration(
        title="Aftersales appliance",
        version=version,
        description=_DESCRIPTION,
        license=License(name="Apache-2.0", identifier="Apache-2.0"),
        openapi_router=Router(DOCUMENTATION, route_handlers=[], include_in_schema=False, opt=_OPEN),
        use_handler_docstrings=True,
        components=Components(
            security_schemes={
                CONVERSATION_TOKEN: SecurityScheme(
                    type="http",
                    scheme="bearer",
                    description="The `access_token` that starting a conversation returned.",
                ),
                STAFF_SESSION: SecurityScheme(
                    type="apiKey",
                    security_scheme_in="cookie",
                    name=COOKIE,
                    description="Set by the second step of logging in. Changes also need `X-CSRF-Token`.",
                ),
                API_KEY: SecurityScheme(
                    type="http",
                    scheme="bearer",
                    description="An API key (`ak_…`) of the shop's system; or `X-API-Key`.",
                ),
            }
        ),
        render_plugins=[
            _Page(),
            JsonRenderPlugin(path="/openapi.json", media_type=MediaType.JSON),
            _For30(),
        ],
    )


def assets_router() -> Router:
    return create_static_files_router(
        path=f"{DOCUMENTATION}/assets", directories=[swagger_ui_path, _PAGES], name="documentation_assets", opt=_OPEN
    )


def problem_responses(*statuses: int) -> dict[int, ResponseSpec]:
    """For a handler's ``responses``: which problems it may answer with."""
    return {
        status: ResponseSpec(
            Problem, generate_examples=False, description=HTTPStatus(status).phrase, media_type=PROBLEM
        )
        for status in statuses
    }
