"""The world of a recording, in the words of scenarios: `world:`."""

from dataclasses import dataclass, field
from typing import Any

from yaml.nodes import Node

from fake_exo import BlockedAddress, Estate, MailHost, ServiceError, Settings, Tenant, Zone
from fake_exo_harness.forms import values
from fake_exo_harness.forms.kinds import ADDRESS, IP, SIZE, TEXT
from fake_exo_harness.forms.nodes import BAD, Form, Reading, Shape, formed, many, one, word
from fake_exo_harness.scenario.elsewhere import mail_host
from fake_exo_harness.scenario.language import blocked
from fake_exo_harness.scenario.model import ServiceSpec
from fake_exo_harness.scenario.services import service
from fake_exo_harness.scenario.tenants import check_together, tenant
from fake_exo_harness.scenario.zones import zone

WORLD = Shape(
    {
        "tenant": tenant,
        "tenants": many(tenant),
        "blocked_addresses": many(blocked),
        "dns": many(zone),
        "elsewhere": many(mail_host, or_one=True),
        "service": service,
        "client_ip": IP,
        "user": one(values.text),
        "password": TEXT,
        "token": TEXT,
        "tls": word("1.0", "1.1", "1.2", "1.3"),
        "header_from": ADDRESS,
        "size": SIZE,
    }
)


@dataclass(frozen=True, slots=True)
class StatedWorld:
    """What was set up, from where the client came, what it signed in with where the lines do not
    show it (empty: what is right), its newest TLS, and its message: From, and octets in all."""

    tenants: tuple[Tenant, ...]
    blocked_addresses: tuple[BlockedAddress, ...] = ()
    dns: tuple[Zone, ...] = ()
    elsewhere: tuple[MailHost, ...] = ()
    service: ServiceSpec = field(default_factory=ServiceSpec)
    client_ip: str = ""
    user: str = ""
    password: str = ""
    token: str = ""
    tls: str = ""
    header_from: str = ""
    size: int = 0

    def estate(self) -> Estate:
        """Raises ServiceError."""
        return Estate.of(
            self.tenants,
            zones=self.dns,
            blocked=self.blocked_addresses,
            elsewhere=self.elsewhere,
            switches=self.service.switches,
            limits=self.service.limits,
            texts=self.service.texts,
        )

    def settings(self) -> Settings:
        return Settings(
            tarpit=self.service.tarpit,
            faults=self.service.faults,
            dns_faults=self.service.dns_faults,
            magic_recipients=self.service.magic_recipients,
            tls=self.service.tls,
        )

    def domain_of(self, recipient: str) -> str:
        """The recipient's domain where it is one of the tenants', else their first."""
        domains = [d.name for t in self.tenants for d in t.accepted_domains]
        domains += [t.initial_domain for t in self.tenants]
        own = recipient.rpartition("@")[2].lower()
        return own if own in (name.lower() for name in domains) else domains[0]

    def right_password(self, user: str) -> str:
        """That of a mailbox or an account; empty where nobody has one."""
        boxes = {m.address.lower(): m.password for t in self.tenants for m in t.mailboxes}
        accounts = {a.address.lower(): a.password for t in self.tenants for a in t.hve_accounts}
        return {**boxes, **accounts}.get(user.lower()) or ""

    def right_token(self, user: str) -> str:
        boxes = (m for t in self.tenants for m in t.mailboxes if m.access_tokens)
        accounts = (a for t in self.tenants for a in t.hve_accounts if a.access_tokens)
        tokens = {m.address.lower(): m.access_tokens[0] for m in boxes}
        tokens |= {a.address.lower(): a.access_tokens[0].token for a in accounts}
        return tokens.get(user.lower(), "")


@formed(Form("shape", WORLD))
def stated_world(reading: Reading, node: Node) -> Any:  # noqa: ANN401
    """A world that can be, or problems with their places."""
    before = len(reading.problems)
    found = WORLD.read(reading, node)
    if found is None:
        return BAD
    if len({"tenant", "tenants"} & {key.value for key, _ in node.value}) != 1:
        return reading.bad(node, "one of tenant: and tenants: is wanted here")
    tenants = found.pop("tenants", ()) or tuple(t for t in (found.pop("tenant", BAD),) if t)
    check_together(reading, node, tenants)
    if len(reading.problems) > before:
        return BAD
    made = StatedWorld(tenants, **found)
    try:
        made.estate()
    except ServiceError as error:
        return reading.bad(node, str(error))
    return made
