"""What must not be shown of an address or a way to a database: passwords, wherever they stand."""

import re
from typing import Final

HIDDEN: Final = "•••"
_USER: Final = re.compile(r"(?<=://)([^/@\s:]*):[^/\s]*@")
"""``user:password@``; what stands before the last at sign of the authority is the user's."""
_NAMED: Final = re.compile(
    r"(?i)\b((?:ssl)?password|passwd|pwd|token|secret|api_?key|access_?key|key|signature)(\s*=\s*)('[^']*'|[^&\s'\"]+)"
)


def without_secrets(text: str) -> str:
    return _NAMED.sub(rf"\1\2{HIDDEN}", _USER.sub(rf"\1:{HIDDEN}@", text))
