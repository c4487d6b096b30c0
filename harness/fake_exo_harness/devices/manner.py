"""A profile's data as the manner in which an SMTP client speaks."""

from fake_exo.drive import Manner
from fake_exo_harness.devices.profile import Profile


def manner(profile: Profile) -> Manner:
    hello, auth = profile.hello, profile.auth
    return Manner(
        name=hello.name,
        greeting=hello.first,
        fallback=hello.fallback,
        fallback_on=hello.fallback_on,
        lower_case_greeting=hello.lower_case,
        lower_case_commands=profile.lower_case_commands,
        eol=b"\n" if profile.command_eol == "lf" else b"\r\n",
        close=profile.close,
        starttls=profile.tls.policy,
        mechanisms=auth.order,
        initial_response=frozenset(auth.initial_response),
        not_advertised=auth.not_advertised,
        on_504=auth.on_504,
        on_535=auth.on_535,
        lower_case_mechanism=auth.lower_case,
        strict_prompts=auth.strict_prompts,
        only_over_tls=auth.only_over_tls,
        size=profile.envelope.size,
        brackets=profile.envelope.brackets,
        pipelining=profile.rcpt.pipelining,
        chunking=profile.data.chunking,
        on_reject=profile.rcpt.on_reject,
        final_dot=profile.data.final_dot,
    )
