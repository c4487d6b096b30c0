"""What an estate costs: index, pickle, fork and change, setting up runs, digest, and memory.

python benchmarks/estates.py [mailboxes] [tenants]
"""

import pickle
import sys
import time
import tracemalloc
from collections.abc import Callable

from fake_exo import AcceptedDomain, Estate, Mailbox, Tenant, World

RUNS = 1_000


def estate(mailboxes: int, tenants: int) -> Estate:
    """One large tenant, and small ones."""
    boxes = tuple(
        Mailbox(f"user{n}@large.com", aliases=(f"u{n}@large.com",), password=f"Pass{n}!")
        for n in range(mailboxes)
    )
    large = Tenant("large", accepted_domains=(AcceptedDomain("large.com"),), mailboxes=boxes)
    small = (
        Tenant(f"t{n}", (AcceptedDomain(f"t{n}.com"),), (Mailbox(f"a@t{n}.com"),))
        for n in range(tenants - 1)
    )
    return Estate.of([large, *small])


def best(action: Callable[[], object], times: int = 7) -> float:
    """Milliseconds of the fastest of some."""
    found = []
    for _ in range(times):
        start = time.perf_counter()
        action()
        found.append(time.perf_counter() - start)
    return min(found) * 1e3


def change(base: Estate, number: int) -> Estate:
    """One mailbox changed, and looked up as the next session would."""
    address = f"user{number}@large.com"
    fork = base.with_mailbox("large", Mailbox(address, full=True))
    fork.directory.recipient(address)
    fork.directory.login(address)
    return fork


def main(mailboxes: int = 10_000, tenants: int = 1) -> None:
    base = estate(mailboxes, tenants)
    octets = pickle.dumps(base)
    print(f"{mailboxes} mailboxes, {tenants} tenants, {len(octets)} octets pickled")
    print(f"index made        {best(lambda: estate_index(base)):8.2f} ms")
    print(f"dumps             {best(lambda: pickle.dumps(base)):8.2f} ms")
    print(f"loads             {best(lambda: pickle.loads(octets)):8.2f} ms")
    print(f"digest            {best(base.digest):8.2f} ms")
    last = mailboxes - 1
    print(f"fork and change   {best(lambda: change(base, last), 50):8.3f} ms")
    World(base).lookup("large.com", "MX")
    print(f"{RUNS} runs set up  {best(lambda: [World(base) for _ in range(RUNS)], 3):8.1f} ms")
    tracemalloc.start()
    forks = [change(base, n % mailboxes) for n in range(100)]
    print(f"memory of a fork  {tracemalloc.get_traced_memory()[0] / len(forks) / 1e3:8.1f} kB")


def estate_index(base: Estate) -> None:
    Estate.of(base.tenants.values()).directory.recipient("nobody@large.com")


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
