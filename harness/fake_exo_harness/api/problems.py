"""What goes wrong with a request, as a value that becomes a response."""

from collections.abc import Iterable

from fake_exo_harness.api.resources import ProblemItem
from fake_exo_harness.forms.problems import nearest


class RequestProblem(Exception):
    """A request cannot be met; `status` is that of HTTP."""

    def __init__(self, status: int, problems: Iterable[ProblemItem]) -> None:
        self.status = status
        self.problems = list(problems)
        super().__init__("; ".join(problem.cause for problem in self.problems))


def refused(status: int, cause: str, remedy: str = "", place: str = "") -> RequestProblem:
    """One problem."""
    return RequestProblem(status, [ProblemItem(place, cause, remedy)])


def unknown(what: str, name: str, valid: Iterable[str], place: str = "") -> RequestProblem:
    """A word that is not one of those that there are."""
    return refused(400, f"{what} {name[:80]!r} is not known", nearest(name[:80], [*valid]), place)
