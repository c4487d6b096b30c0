"""Figures that need no socket: what the policy and the simulation cost by themselves."""

import time
from dataclasses import replace

from fake_exo_harness.library import library
from fake_exo_harness.runner import finish
from fake_exo_harness.scenario import load_paths

from fake_exo import (
    AcceptedDomain,
    ConnectorType,
    InboundConnector,
    Mailbox,
    Settings,
    Tenant,
    World,
    mx_host,
)
from fake_exo.drive import looked_up

MESSAGE = (
    b"From: scan@t0.example.com\r\nSubject: x\r\nMessage-ID: <1@x>\r\n\r\n"
    + b"x" * 900
    + b"\r\n.\r\n"
)


def tenant(number: int, connectors: int) -> Tenant:
    domain = f"t{number}.example.com"
    return Tenant(
        f"t{number}",
        accepted_domains=(AcceptedDomain(domain, default=True),),
        mailboxes=(Mailbox(f"scan@{domain}", password="x"),),
        connectors=tuple(
            InboundConnector(
                f"c{n}",
                connector_type=ConnectorType.ON_PREMISES,
                sender_ip_addresses=(f"11.{number // 250}.{number % 250}.{n + 1}",),
            )
            for n in range(connectors)
        ),
    )


def messages_a_second(tenants: int, connectors: int, count: int = 2000) -> float:
    world = World([tenant(n, connectors) for n in range(tenants)], settings=Settings(keep=10_000))
    host = mx_host("t0.example.com")
    address = looked_up(world.lookup(host, "A"), "A").data[0]
    pipe = world.connect(address, 25, "11.0.0.1")
    assert pipe is not None
    pipe.send(b"EHLO h\r\n")
    began = time.perf_counter()
    for _ in range(count):
        pipe.send(b"MAIL FROM:<scan@t0.example.com>\r\n")
        pipe.send(b"RCPT TO:<a@customer.example>\r\n")
        pipe.send(b"DATA\r\n")
        pipe.send(MESSAGE)
    seconds = time.perf_counter() - began
    assert pipe.take().count(b"250 2.6.0") == count
    return count / seconds


def dialogues_a_second() -> float:
    (scenario,) = (s for s in load_paths([library()]) if s.id == "telnet-relay")
    sent = replace(scenario.when[0], repeat=1500)  # type: ignore[type-var]
    many = replace(scenario, when=(sent,), then=())
    finished = finish(many)
    assert len(finished.record.jobs) == 1500
    return 1500 / finished.seconds


def start_and_stop() -> tuple[float, float]:
    began = time.perf_counter()
    world = World([tenant(0, 1)])
    network = world.start()
    import socket

    with socket.create_connection(("127.0.0.1", network.mx_port), 5) as client:
        client.recv(200)
        started = time.perf_counter() - began
    began = time.perf_counter()
    world.stop()
    return started * 1000, (time.perf_counter() - began) * 1000


def figures() -> dict[str, tuple[float, str]]:
    started, stopped = start_and_stop()
    return {
        "messages on one connection, 1 tenant, 1 connector": (
            messages_a_second(1, 1),
            "messages/s",
        ),
        "the same, 1,000 tenants, 10,000 connectors": (messages_a_second(1000, 10), "messages/s"),
        "whole dialogues of a device, memory driver": (dialogues_a_second(), "dialogues/s"),
        "world start to first banner": (started, "ms"),
        "world stop": (stopped, "ms"),
    }
