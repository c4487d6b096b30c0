"""Every fault of the catalogue, done to a device in memory and over sockets: both come to an end,
tell the same, and the transcript says that it was injected."""

import pytest
from fake_exo_harness.devices import profile
from fake_exo_harness.fault_catalogue import Numbered, catalogue, variants
from fake_exo_harness.library import library
from fake_exo_harness.runner import Finished, Verdict, finish
from fake_exo_harness.scenario import Scenario, load_paths
from fake_exo_harness.scenario.model import DeviceSpec, Scalar, SendStep, ServiceSpec

from fake_exo import DnsFault, Fault, TlsChoice, example_tenant

VARIANTS = {name: (fault, tried) for name, fault, tried in variants()}
QUIET = ("F53", "F55", "F56", "F61", "F74", "F75")  # whose turn may not come with one mail
PERSON = "ann@contoso.com"


def scenario(tried: Fault | DnsFault | TlsChoice) -> Scenario:
    service = ServiceSpec()
    if isinstance(tried, Fault):
        service = ServiceSpec(faults=(tried,))
    elif isinstance(tried, DnsFault):
        service = ServiceSpec(dns_faults=(tried,))
    else:
        service = ServiceSpec(tls=tried)
    settings: dict[str, Scalar] = {
        "smtp_server": "smtp.office365.com", "port": 587, "tls": "starttls",
        "authentication": "on", "user_name": "scanner@contoso.com", "password": "Scan2Mail!",
        "from_address": "scanner@contoso.com",
    }  # fmt: skip
    return Scenario(
        id="fault",
        title="a fault",
        tenants=(example_tenant(),),
        devices={"device": DeviceSpec(profile("well-behaved-mta"), settings=settings)},
        when=(SendStep("send", to=(PERSON, "anna@customer.example"), size=2_000),),
        then=(),
        service=service,
    )


def told(finished: Finished) -> list[str]:
    return [
        f"{line.arrow} {line.text}"
        for job in finished.record.jobs
        for lines in job.transcripts
        for line in lines
    ]


@pytest.mark.parametrize("name", list(VARIANTS))
def test_a_device_survives_the_fault_and_both_drivers_agree(name: str) -> None:
    fault, tried = VARIANTS[name]
    done = [finish(scenario(tried), driver) for driver in fault.drivers]
    assert [one.verdict for one in done] == [Verdict.PASSED] * len(done)
    lines = told(done[0])
    assert all(told(one) == lines for one in done)
    if isinstance(tried, Fault) and fault.id not in QUIET and tried.does != "unreachable":
        assert any(line.startswith(f"*** INJECTED: {fault.id}") for line in lines), lines


def test_every_number_is_tried_rehearsed_or_left_with_a_reason() -> None:
    assert list(catalogue()) == [f"F{number:02d}" for number in range(1, 95)]
    bare = [f.id for f in catalogue().values() if not (f.tries or f.scenario or f.left)]
    assert bare == []


def test_the_scenarios_named_exist() -> None:
    known = {s.id for s in load_paths([library()])}
    named = [f.scenario for f in catalogue().values() if f.scenario]
    assert [name for name in named if name not in known] == []


@pytest.mark.parametrize(
    ("certificate", "sent"),
    [("good", True), ("wildcard", True), ("large", True), ("expired", False),
     ("not-yet-valid", False), ("wrong-name", False), ("name-only-in-subject", False),
     ("address-only", False), ("self-signed", False), ("unknown-root", False),
     ("no-intermediate", False)],
)  # fmt: skip
def test_a_client_that_checks_refuses_bad_certificates_only(certificate: str, sent: bool) -> None:
    for driver in ("memory", "socket"):
        done = finish(scenario(TlsChoice(certificate=certificate)), driver)
        assert [job.result.sent for job in done.record.jobs] == [sent]


def test_a_recipient_may_ask_for_a_fault_by_name() -> None:
    wanted = scenario(Fault(at="quit", does="silent"))
    magic = Scenario(
        **{
            **{field: getattr(wanted, field) for field in wanted.__dataclass_fields__},
            "service": ServiceSpec(magic_recipients=True),
            "when": (SendStep("send", to=("fault.rcpt.451.2@customer.example",), size=0),),
        }
    )
    (job,) = finish(magic).record.jobs
    codes = [reply.data[:3] for reply in job.replies if reply.to == "RCPT"]
    assert codes == [b"451", b"451", b"250"]
    assert (job.result.sent, job.result.attempts) == (True, 3)


def test_chance_is_seeded() -> None:
    fault = Fault(at="mail", text="451 4.3.0 by chance", times=None, chance=0.5)
    first, again = (told(finish(scenario(fault))) for _ in range(2))
    assert first == again


def test_a_numbered_fault_is_one_of_the_catalogue() -> None:
    assert isinstance(catalogue()["F36"], Numbered)
    assert len(catalogue()["F36"].tries) == 4
