"""The MX host of a domain; oracles are labels that were seen in public DNS."""

import pytest

from fake_exo.dns import RecordError
from fake_exo.exchange.labels import label_confidence, mx_host, mx_label, short_mx_host
from fake_exo.rules.period import Confidence


@pytest.mark.parametrize(
    ("domain", "label"),
    [
        ("contoso.com", "contoso-com"),
        ("xyz.com.pl", "xyz-com-pl"),
        ("pi-hf.com", "pihf-com0e"),
        ("mcc-hvac.com", "mcchvac-com0i"),
        ("heig-vd.ch", "heigvd-ch01b"),
        ("octo-bot.io", "octobot-io01b"),
        ("leigh-services.com", "leighservices-com01c"),
        ("schlemmer-maul.com", "schlemmermaul-com02c"),
        ("exclusive.jason-shadow.com", "exclusive-jasonshadow-com03i"),
        (
            "find-child-arrangement-option.service.gov.uk",
            "findchildarrangementoption-service-gov-uk01be2e",
        ),
        ("contoso.onmicrosoft.com", "contoso-onmicrosoft-com"),
        ("contoso.mail.onmicrosoft.com", "contoso-mail-onmicrosoft-com"),
    ],
)
def test_labels_are_those_seen_in_dns(domain: str, label: str) -> None:
    assert mx_label(domain) == label
    assert mx_host(domain) == f"{label}.mail.protection.outlook.com"


@pytest.mark.parametrize("spelled", ["PI-HF.com", "pi-hf.com.", "Pi-Hf.COM."])
def test_case_and_final_dot_do_not_matter(spelled: str) -> None:
    assert mx_label(spelled) == "pihf-com0e"


def test_a_name_outside_ascii_goes_by_its_a_label() -> None:
    # xn--mnchen-3ya.de has hyphens at 2, 3 and 10.
    assert mx_label("münchen.de") == mx_label("xn--mnchen-3ya.de") == "xnmnchen3ya-de0m1e"


@pytest.mark.parametrize(
    ("domain", "confidence"),
    [
        ("contoso.com", Confidence.HIGH),
        ("pi-hf.com", Confidence.MEDIUM),
        (f"{'a' * 39}-b.com", Confidence.MEDIUM),
        (f"{'a' * 40}-b.com", Confidence.LOW),
    ],
)
def test_hyphens_beyond_the_samples_are_low_in_confidence(
    domain: str, confidence: Confidence
) -> None:
    assert label_confidence(domain) is confidence


def test_a_gap_of_ten_is_written_in_decimal() -> None:
    assert mx_label(f"{'a' * 40}-b.com") == f"{'a' * 40}b-com010b"


def test_only_initial_domains_have_a_short_host() -> None:
    assert short_mx_host("Contoso.onmicrosoft.com") == "contoso.mail.protection.outlook.com"
    assert short_mx_host("contoso.com") is None
    assert short_mx_host("contoso.mail.onmicrosoft.com") is None


@pytest.mark.parametrize("text", ["", "a b.com", "-a.com", "a..com", "jan@contoso.com", "a/b.com"])
def test_what_is_no_mail_domain_is_refused(text: str) -> None:
    with pytest.raises(RecordError):
        mx_label(text)


def test_a_label_beyond_63_characters_is_refused() -> None:
    with pytest.raises(RecordError, match="64 characters"):
        mx_label(f"{'a' * 50}.{'b' * 9}.com")
