"""Named ways to misbehave, to be added to any profile. Listed in `QUIRKS`; users add theirs.

To add one: a function from profile to profile and a row. What no profile can say wraps the
dialogue: it sees each action of the device before it is done.
"""

import runpy
import traceback
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from fake_exo.drive import Action, Dialogue
from fake_exo_harness.devices.engine import Wrap
from fake_exo_harness.devices.jobs import JobResult
from fake_exo_harness.devices.profile import DeviceError, Profile
from fake_exo_harness.forms.problems import nearest


def _as_it_is(profile: Profile) -> Profile:
    return profile


@dataclass(frozen=True, slots=True)
class Quirk:
    """`apply` changes what the profile says; `wrap` what the device does of it."""

    name: str
    does: str
    apply: Callable[[Profile], Profile] = _as_it_is
    wrap: Wrap | None = None


def rewritten(
    dialogue: Dialogue[JobResult], change: Callable[[Action], Iterable[Action]]
) -> Dialogue[JobResult]:
    """A dialogue whose actions are replaced, each by those that `change` makes of it; what comes of
    the last of them is what the device learns."""
    action = next(dialogue)
    while True:
        result = None
        for each in change(action):
            result = yield each
        try:
            action = dialogue.send(result)
        except StopIteration as end:
            return end.value  # type: ignore[no-any-return]


def _helo_only(profile: Profile) -> Profile:
    return replace(profile, hello=replace(profile.hello, first="HELO", fallback="none"))


def _never_quits(profile: Profile) -> Profile:
    return replace(profile, close="abrupt")


def _bare_lf(profile: Profile) -> Profile:
    return replace(profile, data=replace(profile.data, eol="lf"))


def _no_date(profile: Profile) -> Profile:
    return replace(profile, data=replace(profile.data, date=False))


def _no_brackets(profile: Profile) -> Profile:
    return replace(profile, envelope=replace(profile.envelope, brackets=False))


def _clear_text_fallback(profile: Profile) -> Profile:
    return replace(profile, retry=replace(profile.retry, clear_text_after_tls_failure=True))


def _pipelining(profile: Profile) -> Profile:
    return replace(profile, rcpt=replace(profile.rcpt, pipelining="with-data"))


def _ignores_535(profile: Profile) -> Profile:
    return replace(profile, auth=replace(profile.auth, after={"any": "continue"}))


def _honours_ttl(profile: Profile) -> Profile:
    return replace(profile, host=replace(profile.host, cache="ttl"))


def _caches_for_ever(profile: Profile) -> Profile:
    return replace(profile, host=replace(profile.host, cache="for-ever"))


def _search_suffix(profile: Profile) -> Profile:
    return replace(profile, host=replace(profile.host, search="office.lan"))


def _ipv6_first(profile: Profile) -> Profile:
    return replace(profile, host=replace(profile.host, ipv6_first=True, addresses=16))


def _tries_all_addresses(profile: Profile) -> Profile:
    return replace(profile, host=replace(profile.host, addresses=16))


def _retries(profile: Profile) -> Profile:
    return replace(profile, retry=replace(profile.retry, attempts=5, wait=(300.0,)))


def _clock_wrong(profile: Profile) -> Profile:
    return replace(profile, tls=replace(profile.tls, verify=True, clock_wrong=True))


def _sends_no_chain(profile: Profile) -> Profile:
    return replace(profile, tls=replace(profile.tls, leaf_only=True))


def _long_line(profile: Profile) -> Profile:
    return replace(profile, data=replace(profile.data, line_length=0))


def _no_plain_text(profile: Profile) -> Profile:
    kept = tuple(m for m in profile.auth.order if m not in ("LOGIN", "PLAIN"))
    return replace(profile, auth=replace(profile.auth, order=kept, not_advertised="fail"))


def _no_starttls(profile: Profile) -> Profile:
    return replace(profile, tls=replace(profile.tls, policy="never"))


QUIRKS: tuple[Quirk, ...] = (
    Quirk("helo-only", "greets with HELO and never tries EHLO", _helo_only),
    Quirk("never-quits", "resets the connection instead of QUIT", _never_quits),
    Quirk("bare-lf", "ends the lines of the message with LF", _bare_lf),
    Quirk("no-date", "leaves out the Date header", _no_date),
    Quirk("no-brackets", "writes MAIL and RCPT without angle brackets", _no_brackets),
    Quirk("clear-text-fallback", "tries again in clear text when TLS fails", _clear_text_fallback),
    Quirk("pipelining", "sends MAIL, RCPT and DATA in one flight", _pipelining),
    Quirk("honours-ttl", "remembers DNS answers as long as their TTL says", _honours_ttl),
    Quirk("caches-for-ever", "looks each name up once, until it is restarted", _caches_for_ever),
    Quirk("search-suffix", "asks for every name under office.lan first", _search_suffix),
    Quirk("ipv6-first", "tries IPv6 addresses before IPv4 ones", _ipv6_first),
    Quirk("tries-all-addresses", "goes on to the next address of a host", _tries_all_addresses),
    Quirk("retries", "tries five times, five minutes apart, as a mail server would", _retries),
    Quirk("clock-wrong", "checks certificates by a clock that is years off", _clock_wrong),
    Quirk("sends-no-chain", "shows its certificate without the intermediate", _sends_no_chain),
    Quirk("no-plain-text-mechanisms", "will use neither LOGIN nor PLAIN", _no_plain_text),
    Quirk("no-starttls", "goes on in clear text, credentials and all", _no_starttls),
    Quirk("long-line", "encodes an attachment as one line", _long_line),
    Quirk("ignores-535", "goes on to MAIL when AUTH was refused", _ignores_535),
)


_of_user: dict[str, tuple[Path, Quirk]] = {}  # by name, with the file


def known_quirks() -> Mapping[str, Quirk]:
    """All known quirks by name."""
    return {
        **{quirk.name: quirk for quirk in QUIRKS},
        **{name: quirk for name, (_, quirk) in _of_user.items()},
    }


def use_quirks(path: Path) -> None:
    """From now on the quirks of a Python file are known: those of its `QUIRKS`. Raises DeviceError
    that says what is wrong with the file."""
    for quirk in _defined(path):
        if not isinstance(quirk, Quirk):
            raise DeviceError(f"{path}: QUIRKS holds {quirk!r}, which is no Quirk")
        if quirk.name in known_quirks() and _of_user.get(quirk.name, ("",))[0] != path:
            raise DeviceError(f'{path}: the name "{quirk.name}" is taken; rename it')
        _of_user[quirk.name] = path, quirk


def _defined(path: Path) -> Sequence[object]:
    try:
        found = runpy.run_path(str(path))
    except Exception as error:
        line = traceback.extract_tb(error.__traceback__)[-1].lineno
        if isinstance(error, SyntaxError):
            line = error.lineno
        raise DeviceError(f"{path}:{line}: {type(error).__name__}: {error}") from None
    defined = found.get("QUIRKS")
    if not isinstance(defined, list | tuple):
        raise DeviceError(f"{path}: QUIRKS is missing; write QUIRKS = [Quirk(...), ...]")
    return defined


def chosen(names: Sequence[str]) -> Sequence[Quirk]:
    """Quirks by name. Raises DeviceError with the nearest of the valid ones."""
    known = known_quirks()
    if unknown := [name for name in names if name not in known]:
        raise DeviceError(f'no quirk is named "{unknown[0]}"; {nearest(unknown[0], list(known))}')
    return [known[name] for name in names]
