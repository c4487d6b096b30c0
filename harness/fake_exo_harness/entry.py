"""The entry point: control-C never prints a traceback, at whatever moment it comes.

Little is imported before an interrupt has its meaning: while the command line is read, and after a
command is over, it ends the process at once; while the command runs, it unwinds what was begun.
"""

import _signal as signal  # type: ignore[import-not-found]  # `signal` itself takes 10 ms
import os

INTERRUPTED = 130
_running = False


def _heed(number: int, frame: object) -> None:
    if not _running:
        os._exit(INTERRUPTED)
    raise KeyboardInterrupt


def main() -> None:
    """Run the command line."""
    global _running
    if signal.getsignal(signal.SIGINT) is signal.default_int_handler:  # else it shall be ignored
        signal.signal(signal.SIGINT, _heed)
    from fake_exo_harness.cli import main as run

    try:
        _running = True
        run()
    except KeyboardInterrupt:  # one more, while the first was being heeded
        os._exit(INTERRUPTED)
    finally:
        _running = False
