"""JUnit XML that every reader takes, whatever is in the texts."""

from xml.etree import ElementTree
from xml.etree.ElementTree import Element

_FIRST = '<?xml version="1.0" encoding="UTF-8"?>'  # whatever the locale is


def element(parent: Element | None, tag: str, text: str = "", **attributes: str) -> Element:
    """An element, below another one; text and attributes as far as XML has a place for them."""
    clean = {name: _fit(value) for name, value in attributes.items()}
    made = Element(tag, clean)
    if parent is not None:
        parent.append(made)
    if text:
        made.text = _fit(text)
    return made


def document(root: Element) -> str:
    """To be written as UTF-8."""
    ElementTree.indent(root)
    return f"{_FIRST}\n{ElementTree.tostring(root, encoding='unicode')}\n"


def _fit(text: str) -> str:
    """XML has no place for control characters, not even escaped ones."""
    return "".join(c if c.isprintable() or c in "\n\t" else "?" for c in text)
