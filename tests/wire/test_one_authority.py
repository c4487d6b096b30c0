"""Server and client threads of one process trust one certificate authority."""

import subprocess
import sys

PROGRAM = """
import threading
from fake_exo.tls.authority import authority

together = threading.Barrier(8)
seen = []

def ask():
    together.wait()
    seen.append(authority())

threads = [threading.Thread(target=ask) for _ in range(8)]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
print(len(seen), len({id(each) for each in seen}))
"""


def test_eight_threads_that_ask_together_get_one_authority() -> None:
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM], capture_output=True, text=True, timeout=60, check=True
    )
    assert done.stdout.split() == ["8", "1"]
