"""How a list is asked for page by page, the same everywhere."""

from typing import Annotated

from litestar.params import QueryParameter

Limit = Annotated[int, QueryParameter(ge=1, le=100, description="Most of one page")]
Cursor = Annotated[str | None, QueryParameter(max_length=200, description="From the page before")]
