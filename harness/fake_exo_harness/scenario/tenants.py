"""Tenants from YAML: inline, in files of their own, or included, and what must hold among them."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from yaml.nodes import MappingNode, Node, SequenceNode

from fake_exo import OBJECTS, Contact, DomainType, HveAccount, Mailbox, Tenant
from fake_exo_harness.forms import values
from fake_exo_harness.forms.location import Location
from fake_exo_harness.forms.nodes import (
    BAD,
    Form,
    Reading,
    Shape,
    compose,
    formed,
    many,
    one,
    pairs_of,
)
from fake_exo_harness.forms.paths import file_named
from fake_exo_harness.forms.problems import Problem, ScenarioError
from fake_exo_harness.scenario.objects import kinds, one_of

_MOST_APPLICATIONS = 10  # of a High Volume Email account: Add-HVEAppAccess

_LISTS = {row.key: many(one_of(row)) for row in OBJECTS}
_TENANT = Shape(
    {
        **kinds(Tenant, _LISTS),
        "shared_mailboxes": _LISTS["mailboxes"],
        "include": one(values.text),
    }
)
_NAMED_TENANT = replace(_TENANT, required=("name",))  # here, or in what is included


@formed(Form("shape", _TENANT))
def tenant(reading: Reading, node: Node) -> Any:  # noqa: ANN401
    """A tenant mapping, its include followed; keys beside `include` replace the included ones."""
    merged = _included(reading, node, ())
    if merged is None:
        return BAD
    found = _NAMED_TENANT.read(reading, merged)
    if found is None or not _NAMED_TENANT.complete(found):
        return BAD
    shared = found.pop("shared_mailboxes", ())
    boxes = (*found.get("mailboxes", ()), *(_as_shared(reading, box) for box in shared))
    made = Tenant(**{**found, "mailboxes": boxes})
    reading.mark(made, reading.place(node))
    check_tenant(reading, node, made)
    return made


def _as_shared(reading: Reading, box: Mailbox) -> Mailbox:
    made = replace(box, shared=True)
    reading.mark(made, reading.place_of(box) or Location(reading.path))
    return made


def _included(reading: Reading, node: Node, seen: tuple[Path, ...]) -> Node | None:
    pairs = pairs_of(reading, node)
    if pairs is None:
        return None
    if "include" not in pairs:
        return node
    target = pairs["include"][1]
    path = file_named(reading, target, str(target.value))
    if path is None:
        return None
    if path.resolve() in seen:
        reading.bad(target, f"{path.name} includes itself", "break the circle")
        return None
    try:
        documents, _ = compose(path)
    except ScenarioError as error:
        reading.problems.extend(error.problems)
        return None
    _adopt(reading, documents[0], path)
    inner = _included(reading, documents[0], (*seen, path.resolve()))
    return None if inner is None else _overlay(inner, pairs)


def _adopt(reading: Reading, node: Node, path: Path) -> None:
    """Remember that a node and all below it stand in another file."""
    stack, done = [node], set[int]()
    while stack:
        current = stack.pop()
        if id(current) in done:  # an alias
            continue
        done.add(id(current))
        mark = current.start_mark
        reading.mark(current, Location(path, mark.line + 1, mark.column + 1))
        if isinstance(current, MappingNode):
            stack.extend(part for pair in current.value for part in pair)
        elif isinstance(current, SequenceNode):
            stack.extend(current.value)


def _overlay(inner: Node, pairs: Mapping[str, tuple[Node, Node]]) -> Node:
    own = {name: pair for name, pair in pairs.items() if name != "include"}
    kept = [pair for pair in inner.value if pair[0].value not in own]
    merged = MappingNode(inner.tag, [*kept, *own.values()], inner.start_mark, inner.end_mark)
    return merged


# ---- what must hold ----------------------------------------------------------------------------


def check_tenant(reading: Reading, node: Node, made: Tenant) -> None:
    """What Exchange would refuse to set up."""
    defaults = [d for d in made.accepted_domains if d.default]
    if len(defaults) > 1:
        reading.bad(node, f"{made.name} has {len(defaults)} default domains", "keep one")
    for domain in made.accepted_domains:
        if domain.match_subdomains and domain.type is not DomainType.INTERNAL_RELAY:
            _at(reading, node, domain, f"{domain.name}: match_subdomains needs type InternalRelay")
    _check_addresses(reading, node, made)
    _check_policies(reading, node, made)
    for account in made.hve_accounts:
        if (count := len(account.allowed_applications)) > _MOST_APPLICATIONS:
            cause = f"{account.address} allows {count} applications"
            _at(reading, node, account, cause, f"at most {_MOST_APPLICATIONS} are possible")


def _at(reading: Reading, node: Node, thing: object, cause: str, remedy: str = "") -> None:
    place = reading.place_of(thing) or reading.place(node)
    reading.problems.append(Problem(place, cause, remedy))


def addresses(made: Tenant) -> Iterator[tuple[str, object]]:
    """Every address of a tenant with the object that has it."""
    for row in OBJECTS:
        for thing in getattr(made, row.key) if row.identity == "address" else ():
            for address in (thing.address, *getattr(thing, "aliases", ())):
                yield address.lower(), thing


def _check_addresses(reading: Reading, node: Node, made: Tenant) -> None:
    domains = {d.name.lower() for d in made.accepted_domains} | {made.initial_domain}
    covering = [d.name.lower() for d in made.accepted_domains if d.match_subdomains]
    seen: set[str] = set()
    for address, thing in addresses(made):
        domain = address.rpartition("@")[2]
        inside = domain in domains or any(domain.endswith("." + c) for c in covering)
        if not inside and not isinstance(thing, Contact):
            cause = f"{address}: {domain} is not an accepted domain of {made.name}"
            _at(reading, node, thing, cause, "add it to accepted_domains")
        if address in seen:
            _at(reading, node, thing, f"{address} stands here twice", "keep one of them")
        seen.add(address)


def _check_policies(reading: Reading, node: Node, made: Tenant) -> None:
    known = {policy.name for policy in made.authentication_policies}
    default = made.organization.default_authentication_policy
    wanted: list[tuple[str | None, object]] = [(default, made.organization)]
    accounts: tuple[Mailbox | HveAccount, ...] = (*made.mailboxes, *made.hve_accounts)
    wanted += [(account.authentication_policy, account) for account in accounts]
    for name, thing in wanted:
        if name is not None and name not in known:
            _at(reading, node, thing, f"no authentication policy is named {name}",
                "add it to authentication_policies")  # fmt: skip


def check_together(reading: Reading, node: Node, tenants: tuple[Tenant, ...]) -> None:
    """A domain is verified in one tenant; names of tenants differ."""
    owners: dict[str, str] = {}
    names: set[str] = set()
    for made in tenants:
        if made.name in names:
            _at(reading, node, made, f"two tenants are named {made.name}")
        names.add(made.name)
        for domain in made.accepted_domains:
            owner = owners.setdefault(domain.name.lower(), made.name)
            if owner != made.name and domain.verified:
                _at(reading, node, domain, f"{domain.name} belongs to {owner} already",
                    "a domain is verified in one tenant only")  # fmt: skip


def load_tenants(path: Path) -> tuple[Tenant, ...]:
    """The tenants of a file: one mapping, or a list. Raises ScenarioError with all problems."""
    return load_placed_tenants(path)[0]


def load_placed_tenants(
    path: Path,
) -> tuple[tuple[Tenant, ...], Callable[[object], Location | None]]:
    """The tenants of a file, and where each of their parts stands."""
    documents, reading = compose(path)
    found: list[Tenant] = []
    for document in documents:
        items = document.value if isinstance(document, SequenceNode) else [document]
        found += [t for item in items if (t := tenant(reading, item)) is not BAD]
    check_together(reading, documents[0], tuple(found))
    reading.fail_if_bad()
    return tuple(found), reading.place_of
