"""docs/faults.md: every fault by number, what may be done at which place, and the terse form."""

from collections.abc import Iterator

from fake_exo import DnsFault, Fault, TlsChoice, service_facts
from fake_exo_harness.fault_catalogue import Numbered, catalogue


def faults_page() -> str:
    return "\n".join(_page()) + "\n"


def _page() -> Iterator[str]:
    facts = service_facts()
    yield "# Faults"
    yield ""
    yield "What may be injected: in scenarios (`service: {faults: [...]}`, `tls`, `dns_faults`), on"
    yield "the command line of `fake-exo serve` and `fake-exo exec` (`--fault 'mail:451:2'`: place,"
    yield "code or action, count; `dns:servfail:2`, `dns:slow=5`; `tls:expired`, `tls:maximum=1.2`;"
    yield "`F36`, or its second variant `F36.2`), and by recipients (`fault.rcpt.451.2@...`, with"
    yield "`magic_recipients`). Every injected answer is marked in the transcript. Made from the"
    yield "tables; a test compares."
    yield ""
    yield f"Places: {', '.join(f'`{place}`' for place in facts['fault_places'])}."
    yield "`data` and `body` strike a client that sends by BDAT too: `data` its first chunk."
    yield ""
    yield "| action | does |"
    yield "|---|---|"
    yield from (f"| `{name}` | {text} |" for name, text in facts["faults"].items())
    yield ""
    yield "A `text` of your own, here and in `texts`, may have these placeholders; others are"
    yield "refused. `{{` and `}}` stand for braces."
    yield ""
    yield "| placeholder | is |"
    yield "|---|---|"
    yield from (f"| `{{{name}}}` | {text} |" for name, text in facts["placeholders"].items())
    yield ""
    yield "| number | what a client meets | variants |"
    yield "|---|---|---|"
    yield from (f"| {fault.id} | {fault.what} | {_how(fault)} |" for fault in catalogue().values())


def _how(fault: Numbered) -> str:
    if fault.left:
        return f"not offered: {fault.left}"
    if fault.scenario:
        return f"scenario `{fault.scenario}`"
    note = f" ({fault.note})" if fault.note else ""
    return "; ".join(_said(tried) for tried in fault.tries) + note


def _said(tried: Fault | DnsFault | TlsChoice) -> str:
    if isinstance(tried, DnsFault):
        late = f" {tried.seconds:g} s" if tried.seconds else ""
        return f"DNS `{tried.does}`{late}"
    if isinstance(tried, TlsChoice):
        plain = TlsChoice()
        names = ("minimum", "maximum", "certificate", "ciphers", "client_certificate")
        chosen = (n for n in names if getattr(tried, n) != getattr(plain, n))
        return "TLS " + ", ".join(f"`{n}: {getattr(tried, n)}`" for n in chosen)
    what = tried.text or tried.reply or tried.does
    extra = tried.value or (f"{tried.seconds:g} s" if tried.seconds else "")
    return f"`{tried.at or 'its own place'}: {what}`" + (f" {extra}" if extra else "")
