"""Tenants from YAML: inline, in files of their own, or included, and what must hold among them."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import fields, replace
from pathlib import Path
from typing import Any

from yaml.nodes import MappingNode, Node, ScalarNode, SequenceNode

from fake_exo import (
    AcceptedDomain,
    AccessToken,
    AuthenticationPolicy,
    BillingStatus,
    ConnectorType,
    Contact,
    DomainType,
    Group,
    HveAccount,
    InboundConnector,
    Mailbox,
    Organization,
    SignIn,
    Tenant,
    ThresholdAction,
    service_facts,
)
from fake_exo_harness.scenario import values
from fake_exo_harness.scenario.location import Location
from fake_exo_harness.scenario.nodes import (
    BAD,
    FORMS,
    Form,
    Kind,
    Reading,
    Shape,
    choice,
    compose,
    formed,
    many,
    one,
    optional,
    pairs_of,
)
from fake_exo_harness.scenario.problems import Problem, ScenarioError, nearest

_MOST_APPLICATIONS = 10  # of a High Volume Email account: Add-HVEAppAccess
_TEXT, _BOOL, _INT = one(values.text), one(values.boolean), one(values.integer)
_ADDRESS, _SIZE = one(values.address), optional(one(values.size))


def _recipients(raw: str) -> int:
    limit = values.integer(raw)
    if not 1 <= limit <= 1000:
        raise ValueError("a recipient limit is 1 to 1000")
    return limit


def _recipients_per_time(raw: str) -> int:
    limit = values.integer(raw)
    if not 0 <= limit <= 10_000:
        raise ValueError("a limit of the outbound policy is 0 (the service's default) to 10000")
    return limit


def _kinds(model: type, special: Mapping[str, Kind]) -> dict[str, Kind]:
    """A kind for each field: the special one, else by the field's annotation."""
    by_hint: dict[Any, Kind] = {
        str: _TEXT,
        bool: _BOOL,
        int: _INT,
        str | None: optional(_TEXT),
        bool | None: optional(_BOOL),
        int | None: optional(_INT),
        tuple[str, ...]: many(_TEXT, or_one=True),
    }
    return {f.name: special.get(f.name) or by_hint[f.type] for f in fields(model)}


def _shape(model: type, special: Mapping[str, Kind], *required: str) -> Shape:
    kinds = _kinds(model, special)
    return Shape(kinds, required, {name.replace("_", ""): name for name in kinds})


def _object(model: type, shape: Shape, short: str | None = None) -> Kind:
    """A mapping as an object; with `short`, a plain word stands for that one field."""

    @formed(Form("shape", shape, FORMS[shape.kinds[short]] if short is not None else None))
    def read(reading: Reading, node: Node) -> Any:  # noqa: ANN401
        if short is not None and isinstance(node, ScalarNode):
            value = shape.kinds[short](reading, node)
            made = model(**{short: value}) if value is not BAD else BAD
        else:
            found = shape.read(reading, node)
            if not shape.complete(found):
                return BAD
            made = model(**found) if found is not None else BAD
        if made is not BAD:
            reading.mark(made, reading.place(node))
        return made

    return read


_ADDRESSES = many(_ADDRESS, or_one=True)
_DOMAIN = _shape(AcceptedDomain, {"name": one(values.domain), "type": choice(DomainType)}, "name")
_MAILBOX = _shape(
    Mailbox,
    {
        "address": _ADDRESS,
        "aliases": _ADDRESSES,
        "sign_in": choice(SignIn),
        "send_as": _ADDRESSES,
        "send_on_behalf_of": _ADDRESSES,
        "recipient_limit": optional(one(_recipients)),
        "max_send_size": _SIZE,
        "max_receive_size": _SIZE,
        "forward_to": optional(_ADDRESS),
    },
    "address",
)
_GROUP = _shape(
    Group, {"address": _ADDRESS, "members": _ADDRESSES, "aliases": _ADDRESSES}, "address"
)
_CONTACT = _shape(
    Contact, {"address": _ADDRESS, "external_address": _ADDRESS}, "address", "external_address"
)
_CONNECTOR = _shape(
    InboundConnector,
    {
        "connector_type": choice(ConnectorType),
        "sender_ip_addresses": many(one(values.connector_ip), or_one=True),
    },
    "name",
)
_TOKEN = _shape(AccessToken, {"expires": optional(one(values.moment))}, "token", "application")
_HVE_ACCOUNT = _shape(
    HveAccount,
    {
        "address": _ADDRESS,
        "aliases": _ADDRESSES,
        "sign_in": choice(SignIn),
        "billing_status": choice(BillingStatus),
        "access_tokens": many(_object(AccessToken, _TOKEN)),
    },
    "address",
)
_POLICY = _shape(AuthenticationPolicy, {}, "name")
_NETWORKS = many(one(values.text), or_one=True)
_PER_TIME = one(_recipients_per_time)
_ORGANIZATION = _shape(
    Organization,
    {
        "recipient_limit_external_per_hour": _PER_TIME,
        "recipient_limit_internal_per_hour": _PER_TIME,
        "recipient_limit_per_day": _PER_TIME,
        "action_when_threshold_reached": choice(ThresholdAction),
        "ip_allow_list": _NETWORKS,
        "ip_block_list": _NETWORKS,
        "max_recipient_envelope_limit": optional(one(_recipients)),
    },
)

# The shapes that `change:` steps fill in parts.
CHANGES: Mapping[str, tuple[Shape, str]] = {
    "organization": (_ORGANIZATION, ""),
    "accepted_domain": (_DOMAIN, "name"),
    "mailbox": (_MAILBOX, "address"),
    "group": (_GROUP, "address"),
    "hve_account": (_HVE_ACCOUNT, "address"),
    "connector": (_CONNECTOR, "name"),
}


def _forest(raw: str) -> str:
    valid = service_facts()["forests"]
    if raw not in valid:
        raise ValueError(f"no forest is named so; {nearest(raw, valid)}")
    return raw


_TENANT = Shape(
    {
        "name": _TEXT,
        "accepted_domains": many(_object(AcceptedDomain, _DOMAIN, "name")),
        "mailboxes": many(_object(Mailbox, _MAILBOX, "address")),
        "shared_mailboxes": many(_object(Mailbox, _MAILBOX, "address")),
        "groups": many(_object(Group, _GROUP)),
        "contacts": many(_object(Contact, _CONTACT)),
        "hve_accounts": many(_object(HveAccount, _HVE_ACCOUNT)),
        "connectors": many(_object(InboundConnector, _CONNECTOR)),
        "authentication_policies": many(_object(AuthenticationPolicy, _POLICY, "name")),
        "organization": _object(Organization, _ORGANIZATION),
        "forest": one(_forest),
        "created": one(values.day),
        "licenses": _INT,
        "trial": _BOOL,
        "include": _TEXT,
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
    base = reading.place(node).path.parent
    path = base / str(target.value)
    if path.resolve() in seen:
        reading.bad(target, f"{path.name} includes itself", "break the circle")
        return None
    if not path.is_file():
        reading.bad(target, f"there is no file {target.value}", "the path is relative to this file")
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
    things: tuple[Mailbox | Group | HveAccount, ...]
    things = (*made.mailboxes, *made.groups, *made.hve_accounts)
    for thing in things:
        yield from ((address.lower(), thing) for address in (thing.address, *thing.aliases))
    yield from ((contact.address.lower(), contact) for contact in made.contacts)


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
