"""Header fields that the service puts in place of the client's."""

import pytest

from fake_exo import HveAccount, Mailbox, Organization, Tenant
from fake_exo.exchange.rewriting import replaced
from fake_exo.mail.fields import summarise

BOX = Mailbox("scanner@contoso.com", aliases=("Copier@contoso.com", "fax@contoso.com"))
TENANT = Tenant("contoso")
KEEPING = Tenant("contoso", organization=Organization(send_from_alias_enabled=True))
BULK = HveAccount("bulk@contoso.com", reply_to="desk@contoso.com")


def put(user: Mailbox | HveAccount | None, tenant: Tenant, field: str) -> object:
    content = f"{field}\r\nSubject: x\r\n\r\nbody copier@contoso.com\r\n".encode()
    return replaced(user, tenant, content, summarise(content))


@pytest.mark.parametrize(
    ("sent", "shown"),
    [
        ("From: copier@contoso.com", "scanner@contoso.com"),
        ("From: <COPIER@contoso.com>", "<scanner@contoso.com>"),
        ('From: "Copier, 2nd floor"\r\n <copier@contoso.com>',
         '"Copier, 2nd floor" <scanner@contoso.com>'),
        ("from: Fax <fax@contoso.com>", "Fax <scanner@contoso.com>"),
    ],
)  # fmt: skip
def test_an_alias_becomes_the_primary_address_and_the_name_stays(sent: str, shown: str) -> None:
    assert put(BOX, TENANT, sent) == (("From", shown),)


@pytest.mark.parametrize(
    "sent", ["From: scanner@contoso.com", "From: <Scanner@Contoso.com>", "From: other@contoso.com"]
)
def test_another_address_than_an_alias_stays(sent: str) -> None:
    assert put(BOX, TENANT, sent) == ()


def test_an_alias_stays_where_the_organization_lets_it_and_where_nobody_signed_in() -> None:
    assert put(BOX, KEEPING, "From: copier@contoso.com") == ()
    assert put(None, TENANT, "From: copier@contoso.com") == ()


def test_the_reply_address_of_an_account_is_on_all_of_its_mail() -> None:
    assert put(BULK, TENANT, "From: bulk@contoso.com") == (("Reply-To", "<desk@contoso.com>"),)
    assert put(HveAccount("a@contoso.com"), TENANT, "From: a@contoso.com") == ()
