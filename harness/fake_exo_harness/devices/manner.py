"""A profile's data as the manner in which an SMTP client speaks."""

from fake_exo.drive import Manner
from fake_exo_harness.devices.profiles import Profile


def manner(profile: Profile) -> Manner:
    hello, auth = profile.hello, profile.auth
    on = hello["fallback_on"]
    return Manner(
        name=hello["name"],
        greeting=hello["first"],
        fallback=hello["fallback"],
        fallback_on=None if on == "any" else tuple(on),
        lower_case_greeting=bool(hello["lower_case"]),
        lower_case_commands=profile.lower_case_commands,
        eol=b"\n" if profile.command_eol == "lf" else b"\r\n",
        close=profile.close,
        starttls=profile.tls["policy"],
        mechanisms=tuple(auth["order"]),
        initial_response=frozenset(name for name, on in auth["initial_response"].items() if on),
        not_advertised=auth["not_advertised"],
        on_504=auth["on_504"],
        on_535=auth["on_535"],
        lower_case_mechanism=bool(auth["lower_case"]),
        strict_prompts=bool(auth["strict_prompts"]),
        only_over_tls=bool(auth["only_over_tls"]),
        size=bool(profile.envelope["size"]),
        brackets=bool(profile.envelope["brackets"]),
        pipelining=bool(profile.rcpt["pipelining"]),
        chunking=bool(profile.data["chunking"]),
        on_reject=profile.rcpt["on_reject"],
        final_dot=bool(profile.data["final_dot"]),
    )
