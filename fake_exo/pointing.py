"""How a program is pointed at a fake: what it is told in variables of its environment."""

from collections.abc import Mapping
from pathlib import Path
from typing import Literal

from fake_exo.exchange.tenant import Mailbox, Tenant

Way = Literal["submission", "relay"]
# Where programs look for the authorities that they trust: OpenSSL and what is built on it (Python,
# Ruby, PHP), Go; Node.js; curl. Java's is a store of its own.
_BUNDLES = ("SSL_CERT_FILE", "NODE_EXTRA_CA_CERTS", "CURL_CA_BUNDLE")


def signing_in(tenant: Tenant) -> Mailbox | None:
    """The first mailbox of a tenant that has a password."""
    return next((box for box in tenant.mailboxes if box.password), None)


def trusting(ca: Path, java: Path) -> Mapping[str, str]:
    """The variables with which programs trust an authority. `java`: it as a store of Java's."""
    store = f"-Djavax.net.ssl.trustStore={java} -Djavax.net.ssl.trustStoreType=PKCS12"
    return {**dict.fromkeys(_BUNDLES, str(ca)), "JAVA_TOOL_OPTIONS": store}


def told(host: str, port: int, login: Mailbox | None) -> Mapping[str, str]:
    """Where the server is, and as whom to sign in there."""
    place = {"SMTP_HOST": host, "SMTP_PORT": str(port)}
    if login is None:
        return place
    return {**place, "SMTP_USER": login.address, "SMTP_PASSWORD": login.password or ""}
