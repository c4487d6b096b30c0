"""The words of the scenario language: which keys each mapping takes and what becomes of them.

To add a step: its class in the model, a row in `STEPS` here. Checks are in `expectations`.
"""

import shlex
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from yaml.nodes import MappingNode, Node, ScalarNode

from fake_exo import (
    BlockedAddress,
    BlockList,
)
from fake_exo_harness import devices
from fake_exo_harness.devices import DeviceError, read_profile
from fake_exo_harness.devices.parts import named_or_file
from fake_exo_harness.forms import values
from fake_exo_harness.forms.kinds import (
    ADDRESS,
    DURATION,
    IP,
    LINE,
    MANY,
    TEXT,
    TEXTS,
    WORDS,
    known,
)
from fake_exo_harness.forms.nodes import (
    BAD,
    FORMS,
    Form,
    Reading,
    Shape,
    choice,
    formed,
    many,
    one,
    optional,
    pairs_of,
    table,
    word,
)
from fake_exo_harness.forms.paths import file_named, folder_named
from fake_exo_harness.forms.problems import ScenarioError, nearest
from fake_exo_harness.scenario import model
from fake_exo_harness.scenario.objects import CHANGES
from fake_exo_harness.scenario.programs import files_of
from fake_exo_harness.scenario.zones import zone


def _ban_code(raw: str) -> int:
    code = values.integer(raw)
    if not 606 <= code <= 649:
        raise ValueError("codes of this list are 606 to 649")
    return code


# ---- addresses, service, devices -----------------------------------------------------------------

_BLOCKED = Shape(
    {"address": one(values.network), "list": choice(BlockList), "code": one(_ban_code)},
    ("address",),
)


@formed(Form("shape", _BLOCKED))
def blocked(reading: Reading, node: Node) -> Any:  # noqa: ANN401
    found = _BLOCKED.read(reading, node)
    return BlockedAddress(**found) if found is not None and _BLOCKED.complete(found) else BAD


@formed(FORMS[named_or_file])
def profile(reading: Reading, node: Node) -> Any:  # noqa: ANN401
    """A profile by name, or `{file: path}` of one's own."""
    found = named_or_file(reading, node)
    if found is BAD:
        return BAD
    try:
        return read_profile(found.path) if found.path else devices.profile(found.name)
    except DeviceError as error:
        return reading.bad(node, str(error))
    except ScenarioError as error:
        reading.problems.extend(error.problems)
        return BAD


def _quirk(raw: str) -> str:
    return known(raw, list(devices.known_quirks()), "quirk")


_ENTERED = table(optional(one(values.scalar)))


@formed(FORMS[_ENTERED])
def entered(reading: Reading, node: Node) -> Any:  # noqa: ANN401
    """What is entered at a device, null: nothing; where each setting stands is remembered."""
    found = _ENTERED(reading, node)
    pairs = pairs_of(reading, node) if isinstance(node, MappingNode) else None
    if found is not BAD and pairs is not None:
        reading.mark_keys(found, {name: reading.place(key) for name, (key, _) in pairs.items()})
    return found


_DEVICE = Shape(
    {
        "profile": profile,
        "public_ip": one(values.ip),
        "settings": entered,
        "quirks": many(one(_quirk), or_one=True),
        "certificate": optional(TEXT),
        "tls_version": optional(word("1.0", "1.1", "1.2", "1.3")),
        "count": optional(MANY),
    },
    ("profile",),
)


DEVICE_KEYS = tuple(_DEVICE.kinds)


@formed(Form("shape", _DEVICE))
def device(reading: Reading, node: Node) -> Any:  # noqa: ANN401
    found = _DEVICE.read(reading, node)
    if found is None or not _DEVICE.complete(found):
        return BAD
    return model.DeviceSpec(**found, place=reading.place(node))


# ---- steps -------------------------------------------------------------------------------------

Build = Callable[[Reading, Node, str, Node, str | None], Any]


_CONTENT = Shape({"file": TEXT, "text": TEXT})


@formed(Form("shape", _CONTENT))
def _content(reading: Reading, node: Node) -> Any:  # noqa: ANN401
    """A whole message: `{file: path}` as it is, or `{text: ...}` with CRLF line ends."""
    found = _CONTENT.read(reading, node)
    if not found:
        return BAD
    if len(found) > 1:
        return reading.bad(node, "one of file: and text: is wanted here, not both")
    if "text" in found:
        return found["text"].replace("\r\n", "\n").replace("\n", "\r\n").encode("utf-8")
    path = file_named(reading, node, found["file"])
    return BAD if path is None else path.read_bytes()


def _mail_size(raw: str) -> int:
    found = values.size(raw)
    if found > LARGEST:
        raise ValueError("no mail is larger than 1 GB; the service takes 150 MB at most")
    return found


def _pages(raw: str) -> int:
    found = values.integer(raw)
    if not 1 <= found <= LARGEST // 102_400:
        raise ValueError("a scan has from 1 to 10,000 pages")
    return found


def _pattern(raw: str) -> str:
    values.address(raw.replace("{n}", "1"))
    return raw


LARGEST = 1 << 30  # bytes of one mail
_SEND = Shape(
    {
        "to": many(ADDRESS, or_one=True),
        "cc": many(ADDRESS, or_one=True),
        "bcc": many(ADDRESS, or_one=True),
        "user": ADDRESS,
        "subject": LINE,
        "size": one(_mail_size),
        "pages": one(_pages),
        "from": LINE,
        "header_from": LINE,
        "message": _content,
        "recipients": MANY,
        "pattern": one(_pattern),
        "repeat": MANY,
    }
)


@formed(Form("shape", _SEND))
def _mail(reading: Reading, node: Node) -> Any:  # noqa: ANN401
    return _send(reading, node, "send", node, None)


def _send(reading: Reading, node: Node, kind: str, value: Node, device_: str | None) -> Any:  # noqa: ANN401
    found = _SEND.read(reading, value)
    if found is None:
        return BAD
    said = {key.value for key, given in value.value if getattr(given, "value", None)}
    if not said & {"to", "recipients"} and kind != "test":
        return reading.bad(value, '"to" is missing here', "say who gets it")
    found["envelope_from"] = found.pop("from", None)
    found.setdefault("to", ())
    return model.SendStep(kind=kind, device=device_, place=reading.place(node), **found)


def _command(reading: Reading, node: Node) -> Any:  # noqa: ANN401
    """A list of words, or one line as a shell would split it."""
    if not isinstance(node, ScalarNode):
        return WORDS(reading, node)
    try:
        words = tuple(shlex.split(str(node.value)))
    except ValueError as error:
        return reading.bad(node, f"cannot be split into words: {error}", "close the quotes")
    return words or reading.bad(node, "a command is wanted here")


formed(FORMS[TEXTS])(_command)
_RUN = Shape(
    {
        "command": _command,
        "stdin": TEXT,
        "folder": TEXT,
        "files": table(TEXT),
        "timeout": DURATION,
        "public_ip": IP,
        "certificate": TEXT,
        "image": TEXT,
        "build": TEXT,
    },
    ("command",),
)


def _run(reading: Reading, node: Node, kind: str, value: Node, device_: str | None) -> Any:  # noqa: ANN401
    if isinstance(value, MappingNode):
        found = _RUN.read(reading, value)
    else:
        words = _command(reading, value)
        found = None if words is BAD else {"command": words}
    if found is None or not _RUN.complete(found):
        return BAD
    files = files_of(reading, node, found)
    built = "build" not in found or folder_named(reading, node, found["build"])
    if files is BAD or not built:
        return BAD
    return model.RunStep(**found, files=files, place=reading.place(node))


_TRAFFIC = Shape(
    {"devices": TEXTS, "every": DURATION, "start": DURATION, "spread": DURATION, "send": _mail},
    ("devices", "every", "send"),
)


@formed(Form("shape", _TRAFFIC))
def traffic(reading: Reading, node: Node) -> Any:  # noqa: ANN401
    found = _TRAFFIC.read(reading, node)
    if found is None or not _TRAFFIC.complete(found):
        return BAD
    if found["every"] < 1:
        return reading.bad(node, "traffic every second or faster is a load test", "every: 1m")
    return model.Traffic(**found, place=reading.place(node))


_SAY = Shape({"lines": TEXTS, "repeat": MANY}, ("lines",))


def _say(reading: Reading, node: Node, kind: str, value: Node, device_: str | None) -> Any:  # noqa: ANN401
    """`say: [lines]`, or with more keys `say: {lines: [...]}`."""
    if not isinstance(value, MappingNode):
        lines = TEXTS(reading, value)
        found = None if lines is BAD else {"lines": lines}
    else:
        found = _SAY.read(reading, value)
    if not _SAY.complete(found) or found is None:
        return BAD
    return model.SendStep(kind=kind, to=(), device=device_, place=reading.place(node), **found)


def _advance(reading: Reading, node: Node, kind: str, value: Node, device_: str | None) -> Any:  # noqa: ANN401
    seconds = DURATION(reading, value)
    return BAD if seconds is BAD else model.AdvanceStep(seconds, reading.place(node))


def _settings(reading: Reading, node: Node, kind: str, value: Node, device_: str | None) -> Any:  # noqa: ANN401
    found = entered(reading, value)
    return BAD if found is BAD else model.SettingsStep(found, device_, reading.place(node))


def _restart(reading: Reading, node: Node, kind: str, value: Node, device_: str | None) -> Any:  # noqa: ANN401
    name = TEXT(reading, value)
    return BAD if name is BAD else model.RestartStep(name, reading.place(node))


def _retire(reading: Reading, node: Node, kind: str, value: Node, device_: str | None) -> Any:  # noqa: ANN401
    address = IP(reading, value)
    return BAD if address is BAD else model.RetireStep(address, reading.place(node))


def _change(reading: Reading, node: Node, kind: str, value: Node, device_: str | None) -> Any:  # noqa: ANN401
    pairs = pairs_of(reading, value)
    if pairs is None:
        return BAD
    tenant = TEXT(reading, pairs.pop("tenant")[1]) if "tenant" in pairs else None
    if len(pairs) != 1 or next(iter(pairs)) not in CHANGES:
        what = next((name for name in pairs if name not in CHANGES), "")
        return reading.bad(
            value, "one thing to change is wanted here", nearest(what, list(CHANGES))
        )
    name, (_, inner) = next(iter(pairs.items()))
    shape, key = CHANGES[name]
    found = shape.read(reading, inner)
    if not shape.complete(found) or found is None:
        return BAD
    identity = found.pop(key) if key else ""
    return model.ChangeStep(name, identity, found, tenant, reading.place(node))


def _publish(reading: Reading, node: Node, kind: str, value: Node, device_: str | None) -> Any:  # noqa: ANN401
    found = zone(reading, value)
    return BAD if found is BAD else model.PublishStep(found, reading.place(node))


_BLOCK = Shape({**_BLOCKED.kinds, "lasts": DURATION}, ("address",))


def _block(reading: Reading, node: Node, kind: str, value: Node, device_: str | None) -> Any:  # noqa: ANN401
    found = _BLOCK.read(reading, value)
    if found is None or not _BLOCK.complete(found):
        return BAD
    lasts = found.pop("lasts", None)
    return model.BlockStep(BlockedAddress(**found), lasts, reading.place(node))


_DELIST = Shape(
    {"address": one(values.ip), "by": choice(model.DelistBy), "to": ADDRESS}, ("address",)
)


def _delist(reading: Reading, node: Node, kind: str, value: Node, device_: str | None) -> Any:  # noqa: ANN401
    found = _DELIST.read(reading, value)
    if found is None or not _DELIST.complete(found):
        return BAD
    return model.DelistStep(**found, place=reading.place(node))


_CHANGES = Form(
    "union", tuple((name, Form("shape", shape)) for name, (shape, _) in CHANGES.items())
)

# Step -> what builds it, and the form of its value.
STEPS: Mapping[str, tuple[Build, Form]] = {
    "scan": (_send, Form("shape", _SEND)),
    "send": (_send, Form("shape", _SEND)),
    "test": (_send, Form("shape", _SEND)),
    "say": (_say, Form("shape", _SAY, FORMS[TEXTS])),
    "run": (_run, Form("shape", _RUN, FORMS[TEXTS])),
    "advance": (_advance, FORMS[DURATION]),
    "settings": (_settings, FORMS[entered]),
    "restart": (_restart, FORMS[TEXT]),
    "retire": (_retire, FORMS[IP]),
    "change": (_change, _CHANGES),
    "publish": (_publish, FORMS[zone]),
    "block": (_block, Form("shape", _BLOCK)),
    "delist": (_delist, Form("shape", _DELIST)),
}


@formed(Form("steps", None))
def step(reading: Reading, node: Node) -> Any:  # noqa: ANN401
    """One step: a mapping of one word, and maybe `device:` or `devices:`."""
    pairs = pairs_of(reading, node)
    if pairs is None:
        return BAD
    name = TEXT(reading, pairs.pop("device")[1]) if "device" in pairs else None
    several = pairs.pop("devices", None)
    unknown = [key for key in pairs if key not in STEPS]
    if unknown or len(pairs) != 1:
        hint = nearest(unknown[0], list(STEPS)) if unknown else "one word a step"
        what = f'"{unknown[0]}" is not a step' if unknown else "one step is wanted here"
        return reading.bad(node, what, hint)
    kind, (_, value) = next(iter(pairs.items()))
    found = STEPS[kind][0](reading, node, kind, value, name if name is not BAD else None)
    return found if several is None else _by_several(reading, found, name, several[1])


def _by_several(reading: Reading, found: Any, one: Any, node: Node) -> Any:  # noqa: ANN401
    """A step that several devices do at one moment."""
    names = TEXTS(reading, node)
    if found is BAD or names is BAD:
        return BAD
    if not names:
        return reading.bad(node, "this names nobody", "name devices, or a group")
    if one is not None:
        return reading.bad(node, "one of device: and devices: is wanted here, not both")
    if not isinstance(found, model.SendStep):
        return reading.bad(node, "several at one moment can send, scan, test or say", "say device:")
    return replace(found, devices=names)
