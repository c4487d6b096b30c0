"""Everything that can be asked for, in one table: the application and the OpenAPI document are made
of it. Rows of a world are served behind /api/v1 for the first one and behind
/api/v1/worlds/NAME for each.
"""

from fake_exo_harness.api import act, ask, schemas
from fake_exo_harness.api.call import BEFORE, FOLLOW, KINDS_ASKED, LIMIT, QUERY, SINCE, Row
from fake_exo_harness.api.resources import (
    ClockItem,
    DeletedItem,
    DoneItem,
    FaultItem,
    GaugeItem,
    HookItem,
    MailDetail,
    MailItem,
    QueryItem,
    ReportItem,
    SessionDetail,
    SessionItem,
    StateItem,
    WaitItem,
    WorldItem,
)

API = "/api/v1"
_ROWS = (QUERY, LIMIT, BEFORE)
_ONE = "/messages/{number}"

# fmt: off
ROUTES: tuple[Row, ...] = (
    Row("GET", "/sessions", ask.sessions, "Connections, the newest first.",
        SessionItem, query=_ROWS, page=True),
    Row("GET", "/sessions/{number}", ask.session, "A connection with its dialogue.",
        SessionDetail, refuses=(404,)),
    Row("GET", "/messages", ask.messages, "Messages that were taken, the newest first.",
        MailItem, query=_ROWS, page=True),
    Row("DELETE", "/messages", act.delete_messages, "Delete what a search finds, or all.",
        DeletedItem, query=(QUERY,)),
    Row("GET", _ONE, ask.message, "A message, and where each copy went.",
        MailDetail, refuses=(404,)),
    Row("DELETE", _ONE, act.delete_message, "Delete a message.",
        DeletedItem, refuses=(404,)),
    Row("GET", f"{_ONE}/raw", ask.raw, "A message as it was sent.",
        "message/rfc822", refuses=(404,)),
    Row("GET", f"{_ONE}/parts/{{part}}", ask.part, "A part of a message, decoded, as a download.",
        "application/octet-stream", refuses=(404,)),
    Row("GET", "/reports", ask.reports, "Reports to senders, the newest first.",
        ReportItem, query=(LIMIT, BEFORE), page=True),
    Row("GET", "/reports/{number}", ask.report, "A report to a sender.",
        ReportItem, refuses=(404,)),
    Row("GET", "/dns/queries", ask.queries, "Questions to the DNS, the newest first.",
        QueryItem, query=(LIMIT, BEFORE), page=True),
    Row("GET", "/usage", ask.usage, "How much of each limit is used.", list[GaugeItem]),
    Row("GET", "/events", ask.events, "What happens, as server-sent events.",
        "text/event-stream", query=(SINCE, KINDS_ASKED, FOLLOW)),
    Row("POST", "/wait", act.wait_for, "Wait until it is as a scenario's then: says.",
        WaitItem, schemas.wait(), refuses=(409,)),
    Row("POST", "/reset", act.reset, "Forget what happened; what is set up stays.",
        DoneItem, schemas.NOTHING),
    Row("POST", "/do", act.administer,
        "What an administrator does: change, publish, block, or delist.",
        DoneItem, schemas.change(), refuses=(409,)),
    Row("GET", "/faults", ask.faults, "What is injected now.", list[FaultItem]),
    Row("POST", "/faults", act.inject, "Inject one more fault.",
        list[FaultItem], schemas.fault(), refuses=(409,), status=201),
    Row("DELETE", "/faults", act.clear_faults, "Inject nothing any more.", DeletedItem),
    Row("GET", "/clock", ask.clock, "The world's time.", ClockItem),
    Row("POST", "/clock", act.set_clock, "Pass over time, follow real time, or stand still.",
        ClockItem, schemas.clock()),
    Row("GET", "/webhooks", ask.hooks, "Who is told of events.", list[HookItem]),
    Row("POST", "/webhooks", act.add_hook, "Tell events to an http address of this network.",
        HookItem, schemas.hook(), refuses=(409,), status=201),
    Row("DELETE", "/webhooks/{number}", act.delete_hook, "Tell one no more.",
        DeletedItem, refuses=(404,)),
    Row("GET", "", ask.world, "A world: where it listens, and how much has come.",
        WorldItem, of="named"),
    Row("DELETE", "", act.remove_world, "Close a world's ports and forget it.",
        DeletedItem, refuses=(409,), of="named"),
    Row("GET", f"{API}/worlds", ask.worlds, "The worlds that are served.",
        list[WorldItem], of="root"),
    Row("POST", f"{API}/worlds", act.make_world, "Another world, on ports of its own.",
        WorldItem, schemas.world(), refuses=(409,), status=201, of="root"),
    Row("GET", "/livez", ask.lives, "Whether the fake lives.", StateItem, of="root"),
    Row("GET", "/readyz", ask.ready, "Whether its ports are open.",
        StateItem, refuses=(503,), of="root"),
)
# fmt: on


def paths(row: Row) -> tuple[str, ...]:
    """Where a row is served."""
    if row.of == "root":
        return (row.path,)
    named = f"{API}/worlds/{{world}}{row.path}"
    return (named,) if row.of == "named" else (f"{API}{row.path}", named)
