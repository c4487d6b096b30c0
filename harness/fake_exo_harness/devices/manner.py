"""A profile's data as the manner in which an SMTP client speaks."""

from fake_exo.drive import Manner
from fake_exo_harness.devices.options import Options
from fake_exo_harness.devices.profile import Profile
from fake_exo_harness.devices.senders import filled


def manner(profile: Profile, options: Options, mode: str, *, signs_in: bool) -> Manner:
    """`mode`: the encryption that is set, off to ssl; `signs_in`: it has somebody to sign in."""
    hello, auth = profile.hello, profile.auth
    known = options.texts()
    return Manner(
        name=filled(hello.name, known),
        greeting=hello.signing_in if signs_in and hello.signing_in else hello.first,
        fallback=hello.fallback,
        fallback_on=hello.fallback_on,
        also=hello.also,
        greets_after_tls=hello.after_tls,
        lower_case_greeting=hello.lower_case,
        lower_case_commands=profile.commands.lower_case,
        eol=b"\n" if profile.commands.eol == "lf" else b"\r\n",
        space=profile.commands.space,
        pace=profile.commands.pace,
        before_mail=profile.commands.before_mail,
        close=profile.close,
        starttls="opportunistic" if mode == "opportunistic" else profile.tls.policy,
        starttls_refused=profile.tls.on_refused,
        mechanisms=_mechanisms(auth.order, options),
        initial_response=frozenset(auth.initial_response),
        not_advertised=auth.not_advertised,
        blind=auth.blind,
        after=auth.after,
        lower_case_mechanism=auth.lower_case,
        strict_prompts=auth.strict_prompts,
        only_over_tls=auth.only_over_tls,
        size=profile.envelope.size,
        body=profile.envelope.body,
        parameters=profile.envelope.parameters,
        lower_case_parameters=profile.envelope.lower_case_parameters,
        brackets=profile.envelope.brackets,
        pipelining=profile.rcpt.pipelining,
        chunking=profile.data.chunking,
        chunk_size=profile.data.chunk_size,
        chunk_last=profile.data.chunk_last,
        on_reject=profile.rcpt.on_reject,
        stuffs=profile.data.dot_stuffing,
        final_dot=profile.data.final_dot,
        reactions=profile.reactions,
    )


def _mechanisms(order: tuple[str, ...], options: Options) -> tuple[str, ...]:
    """What it signs in with: what is chosen, a token where there is one, else what takes a
    password; a device that has nothing but tokens tries one all the same."""
    chosen = options.text("mechanism")
    if chosen not in ("", "auto"):
        return tuple(chosen.split())
    if options.text("token") and "XOAUTH2" in order:
        return ("XOAUTH2",)
    return tuple(each for each in order if each != "XOAUTH2") or order
