"""What a client meets on the day before a change and on the day of it, in whole scenarios."""

from pathlib import Path
from typing import Any

import pytest
import yaml
from fake_exo_harness.words import Shown

from tests.words.looking import seen

# Of each: a base scenario with what differs, where to look, and what is seen on two days.
ROWS = yaml.safe_load(
    r"""
the-mx-host-waits: [direct, {when: [{send: {to: [nobody@contoso.com], size: 0}}]}, seconds,
  {2018-06-30: 5 s, 2018-07-01: 0 s}]
anonymous-mail-is-judged: [direct, {device: {settings: {from_address: scanner@contoso.com}}}, ends,
  {2018-09-30: delivered, 2018-10-01: junked}]
brackets-have-a-time: [direct, {when: [{send: {to: [nobody@contoso.com], size: 0}}]},
  'line prod\S+( \d{4}-\d\d-\d\d|\])',
  {2022-12-31: 'prod.protection.outlook.com]', 2023-01-01: prod.protection.outlook.com 2023-01-01}]
edges-have-their-names-of-today: [direct, {when: [{send: {to: [nobody@contoso.com], size: 0}}]},
  'line \[[^ ]*outlook.com',
  {2023-08-31: '[AM3EUR04FT033.eop-EUR04.prod.protection.outlook.com',
   2023-09-01: '[AM3PEPF000F8CB8.eurprd04.prod.outlook.com'}]
results-name-their-server: [direct, {}, header Authentication-Results,
  {2025-12-31: spf=pass (sender IP is 198.51.100.7) smtp.mailfrom=partner.n,
   2026-01-01: mx.microsoft.com 1; spf=pass (sender IP is 198.51.100.7) smt}]
relay-asks-for-the-sender: [relay, {device: {settings: {from_address: carl@partner.net}}}, ends,
  {2017-07-04: sent-out, 2017-07-05: END-OF-DATA 550 5.7.64}]
relay-no-longer-looks-at-from: [relay, {when: [{send: {to: [eve@partner.net], size: 0,
  from: carl@partner.net, header_from: scanner@contoso.com}}]}, ends,
  {2023-10-31: sent-out, 2023-11-01: RCPT 550 5.7.64}]
recipients-of-a-mailbox-can-be-chosen: [submission, {tenant: {mailboxes: [
  {address: scanner@contoso.com, password: Scan2Mail!, recipient_limit: 800}]},
  when: [{send: {recipients: 600, size: 0}}]}, ends,
  {2020-02-29: END-OF-DATA 550 5.5.3, 2020-03-01: sent-out}]
the-initial-domain-writes-to-a-hundred: [submission, {tenant: {mailboxes: [
  {address: scanner@contoso.onmicrosoft.com, user_principal_name: scanner@contoso.com,
   password: Scan2Mail!}]}, device: {settings: {from_address: scanner@contoso.onmicrosoft.com}},
  when: [{send: {recipients: 101, size: 0}}]}, ends,
  {2025-10-14: sent-out, 2025-10-15: bounced 5.7.236; sent-out}]
tenants-have-a-quota: [submission, {when: [{send: {to: [eve@partner.net], size: 0}}]},
  usage tenant.terrl contoso, {2025-04-30: none, 2025-05-01: 1 of 14259}]
young-tenants-have-a-tenth: [submission, {tenant: {created: 2026-08-20,
  organization: {smtp_client_authentication_disabled: false}},
  when: [{send: {to: [eve@partner.net], size: 0}}]}, usage tenant.terrl contoso,
  {2026-09-13: 1 of 14259, 2026-09-14: 1 of 1426}]
passwords-are-off-by-default: [submission, {}, ends,
  {2026-12-30: delivered, 2026-12-31: AUTH 535 5.7.139}]
dmarc-is-honored: [direct, {device: {public_ip: 198.51.100.99}, dns: [{zone: partner.net, records: [
  {name: '@', type: TXT, data: '"v=spf1 ip4:198.51.100.7 -all"'},
  {name: _dmarc, type: TXT, data: '"v=DMARC1; p=reject"'}]}]}, ends,
  {2023-07-31: quarantined, 2023-08-01: END-OF-DATA 550 5.7.509}]
mailboxes-send-larger-mail: [submission, {when: [{send: {to: [ann@contoso.com], size: 20000000}}]},
  ends, {2015-04-14: END-OF-DATA 554 5.2.3, 2015-04-15: delivered}]
groups-take-larger-mail: [submission, {tenant: {groups: [
  {address: staff@contoso.com, members: [ann@contoso.com], member_count: 5000}]},
  when: [{send: {to: [staff@contoso.com], size: 3000000}}]}, ends,
  {2015-12-31: bounced 5.2.3, 2016-01-01: delivered}]
submission-moves: [submission, {}, addresses,
  {2017-12-31: 132.245.225.98, 2018-01-01: 52.98.171.242}]
banners-have-a-session: [telnet, {}, 'line [+]0000.*',
  {2024-08-31: '+0000', 2024-09-01: '+0000 [08DCC4837BB332CD]'}]
garbage-is-unknown: [telnet, {when: [{say: ["\xff\xfb\x1f\xff"]}]}, reply UNKNOWN,
  {2019-12-31: "500 5.3.3 Unrecognized command '????'",
   2020-01-01: "500 5.3.3 Unrecognized command 'unknown'"}]
addresses-need-brackets: [telnet, {when: [{say: [EHLO h, 'MAIL FROM:scanner@contoso.com']}]},
  reply MAIL, {2018-08-31: 250 2.1.0 Sender OK, 2018-09-01: 501 5.1.7 Invalid address}]
direct-send-can-be-rejected: [direct, {tenant: {organization: {reject_direct_send: true}},
  device: {settings: {from_address: scanner@contoso.com}}}, ends,
  {2025-03-31: junked, 2025-04-01: RCPT 550 5.7.68}]
high-volume-email-is-there: [hve, {device: {settings: {smtp_server: smtp-hve.office365.com}}}, ends,
  {2024-03-31: stopped at dns, 2024-04-01: delivered}]
old-clients-have-a-host: [submission, {tenant: {organization: {allow_legacy_tls_clients: true}},
  device: {tls_version: '1.0', settings: {smtp_server: smtp-legacy.office365.com}}}, ends,
  {2021-08-31: stopped at dns, 2021-09-01: delivered}]
tls-1-3-is-spoken: [submission, {}, 'line TLSv1..',
  {2021-12-31: TLSv1.2, 2022-01-01: TLSv1.3}]
"""
)


@pytest.mark.parametrize("row", ROWS.values(), ids=list(ROWS))
def test_the_day_before_and_the_day_of_a_change(row: list[Any], tmp_path: Path) -> None:
    base, changes, look, days = row
    shown = Shown(base, "", (), look, changes)
    found = {day: seen(tmp_path, shown, ["as_of"], str(day)) for day in days}
    assert found == days
    before, after = days
    assert (after - before).days == 1


@pytest.mark.parametrize(
    ("day", "takes"),
    [("2015-12-31", "delivered"), ("2016-01-01", "RCPT 550 5.7.606")],
)
def test_the_old_address_takes_banned_addresses_off_until_2016(
    tmp_path: Path, day: str, takes: str
) -> None:
    shown = Shown(
        "direct",
        "",
        (),
        "ends",
        {
            "blocked_addresses": [{"address": "198.51.100.7", "list": "banned"}],
            "when": [
                {"delist": {"address": "198.51.100.7", "by": "mail",
                            "to": "delist@messaging.microsoft.com"}},
                {"advance": "5h"},
                {"send": {"to": ["ann@contoso.com"], "size": 0}},
            ],
        },
    )  # fmt: skip
    assert seen(tmp_path, shown, ["as_of"], day) == takes
