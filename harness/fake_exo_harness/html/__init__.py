"""Pages for people: one style and one base for all of them, each a single file that needs nothing
from elsewhere. Whatever stands in a value is text, never markup."""

from functools import lru_cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from jinja2 import Environment


@lru_cache(maxsize=1)
def _environment() -> "Environment":
    from jinja2 import Environment, PackageLoader, StrictUndefined  # most commands need no page

    return Environment(
        loader=PackageLoader(__package__),
        autoescape=True,
        undefined=StrictUndefined,
        finalize=_fit,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )


def _fit(value: object) -> object:
    """HTML has no place for control characters. What is markup already was looked at before."""
    if type(value) is not str or value.isprintable():
        return value
    return "".join(c if c in "\n\t" or c.isprintable() else "?" for c in value)


def rendered(template: str, **values: object) -> str:
    """A template of this package, filled in."""
    return _environment().get_template(template).render(**values)
