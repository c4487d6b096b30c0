"""What the service refuses to set up."""

from datetime import date

from fake_exo.exchange.naming import hosts
from fake_exo.exchange.service import profile
from fake_exo.exchange.tenant import Tenant
from fake_exo.kernel.errors import ServiceError


def check_tenant(tenant: Tenant) -> None:
    """Raise ServiceError for a forest that does not exist and a domain that can have no MX host."""
    if tenant.forest not in profile().forests:
        valid = ", ".join(sorted(profile().forests))
        raise ServiceError(f"tenant {tenant.name}: unknown forest {tenant.forest}; valid: {valid}")
    hosts(tenant)


def check_groups(tenant: Tenant, most: float | None, day: date) -> None:
    """Raise ServiceError for a group with more members than a group may have on a day."""
    for group in tenant.groups:
        if most is not None and group.size > most:
            raise ServiceError(
                f"group {group.address} has {group.size} members; on {day} a group may have "
                f"{most:.0f}"
            )


def check_accounts(tenant: Tenant, most: float | None, day: date) -> None:
    """Raise ServiceError for more accounts of High Volume Email than a tenant may have on a day."""
    count = len(tenant.hve_accounts)
    if most is not None and count > most:
        raise ServiceError(
            f"tenant {tenant.name} has {count} accounts of High Volume Email; on {day} a tenant "
            f"may have {most:.0f}"
        )
