"""Host names of a forest, as captures show them, and identifiers in the service's own forms.

Forms are those of dated captures (data/service.yaml).
"""

from dataclasses import dataclass
from functools import lru_cache

from fake_exo.kernel.ids import Ids


@dataclass(frozen=True, slots=True)
class Forest:
    """How one forest of the service names its hosts; `suffix` is spelled as the wire shows it."""

    name: str
    site: str  # three letters of the datacentre: AM0, PN4
    suffix: str  # "eurprd04.prod.outlook.com", "INDPRD01.PROD.OUTLOOK.COM"
    edge_suffix: str  # of the MX hosts in brackets
    legacy_edge_suffix: str  # until about 2023: "eop-EUR04.prod.protection.outlook.com"
    mx_addresses: tuple[str, ...]

    @property
    def tag(self) -> str:
        """The part of host labels that names the forest: PR04, P287."""
        return _tag(self.name)


@lru_cache(maxsize=64)
def _tag(forest: str) -> str:
    digits = "".join(c for c in forest if c.isdigit())
    return ("PR" if "prd" in forest else "P") + digits


class HostNames(Ids):
    """A world's supply of identifiers, and of hosts."""

    def frontend(self, forest: Forest) -> str:
        return f"{forest.site}{forest.tag}CA{self.number(1, 400):04d}"

    def edge(self, forest: Forest) -> str:
        return f"{forest.site[:2]}{self.number(1, 9)}PEPF{self.short_hex(8)}"

    def legacy_edge(self, forest: Forest) -> str:
        digits = "".join(c for c in forest.name if c.isdigit())[:2] or "01"
        site = f"{forest.site[:2]}{self.number(1, 9)}"
        return f"{site}{forest.name[:3].upper()}{digits}FT{self.number(1, 64):03d}"

    def mailbox_server(self, forest: Forest) -> str:
        return f"{forest.site}{forest.tag}MB{self.number(1000, 9999)}"
