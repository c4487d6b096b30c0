"""JSON as it is answered: whatever a stranger's text has in it, half a character too."""

import json
from typing import Any

from starlette.responses import JSONResponse

from fake_exo_harness.api.plain import plain


class JsonAnswer(JSONResponse):
    """A value as JSON. What UTF-8 cannot carry is written as JSON escapes it."""

    def render(self, content: Any) -> bytes:  # noqa: ANN401 - any value
        text = json.dumps(plain(content), ensure_ascii=False, separators=(",", ":"))
        return text.encode("utf-8", "backslashreplace")
