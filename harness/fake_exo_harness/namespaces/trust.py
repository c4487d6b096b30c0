"""Where programs look for the authorities that they trust, and what stands in for each of them in
a lab: bundles, folders of hashed names, Java's store, Chromium's database.

What else lies in such a folder stays there: a server's own certificate, or an authority that the
service does not have.
"""

import os
import shutil
import subprocess
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path

from fake_exo.drive import AuthorityFiles

BUNDLE = "/etc/ssl/certs/ca-certificates.crt"  # of Debian and Alpine
# Of Debian, Alpine, RedHat and SUSE, in that order.
_FOLDERS = (
    "etc/ssl/certs",
    "etc/pki/tls/certs",
    "etc/pki/ca-trust/extracted/pem/directory-hash",
    "etc/pki/ca-trust/source/anchors",
    "var/lib/ca-certificates/pem",
    "var/lib/ca-certificates/openssl",
    "usr/share/.mono/new-certs/Trust",
)
_BUNDLES = (
    BUNDLE.removeprefix("/"),
    "etc/ssl/cert.pem",
    "etc/pki/tls/certs/ca-bundle.crt",
    "etc/pki/tls/cert.pem",
    "etc/pki/ca-trust/extracted/pem/tls-ca-bundle.pem",
    "etc/pki/ca-trust/extracted/pem/email-ca-bundle.pem",
    "etc/ssl/ca-bundle.pem",
    "var/lib/ca-certificates/ca-bundle.pem",
    "usr/local/share/certs/ca-root-nss.crt",
    # The service's own roots, for programs that are told one by its name.
    "usr/share/ca-certificates/mozilla/DigiCert_Global_Root_CA.crt",
    "usr/share/ca-certificates/mozilla/DigiCert_Global_Root_G2.crt",
)
_JAVA = (
    "etc/ssl/certs/java/cacerts",
    "etc/pki/java/cacerts",
    "etc/pki/ca-trust/extracted/java/cacerts",
    "var/lib/ca-certificates/java-cacerts",
    "usr/lib/jvm/*/lib/security/cacerts",
    "usr/lib/jvm/*/jre/lib/security/cacerts",
    "opt/java/*/lib/security/cacerts",
    "opt/*/lib/security/cacerts",
    "opt/*/jre/lib/security/cacerts",
)
_CHROMIUM = ".pki/nssdb"
_OWN = "fake-exo.pem"

StandIn = tuple[str, str]  # what stands in for what


def stand_ins(own: Path, files: AuthorityFiles, root: Path = Path("/")) -> Iterator[StandIn]:
    """What stands in for what, folders first; only for what is there. `own`: a folder for the
    files that stand in, `root`: that of the system."""
    for number, folder in enumerate(_once(_there(root, _FOLDERS))):
        copy = _copied(folder, own / f"trusted-{number}")
        add_authority(copy, files)
        yield str(copy), str(folder)
    bundle, store = own / "ca.pem", own / "cacerts"
    bundle.write_bytes(files.pem)
    store.write_bytes(files.java)
    yield from ((str(bundle), str(path)) for path in _once(_there(root, _BUNDLES)))
    stores = (*_there(root, _JAVA), *_stores_in_use())
    yield from ((str(store), str(path)) for path in _once(stores))
    yield from _database(own / "nssdb", bundle, Path.home() / _CHROMIUM)


def add_authority(folder: Path, files: AuthorityFiles) -> None:
    """Into a folder in which OpenSSL looks by the hash of the name."""
    (folder / _OWN).write_bytes(files.pem)
    for name in files.hashes:
        link = folder / name
        link.unlink(missing_ok=True)
        link.symlink_to(_OWN)


def _there(root: Path, names: Sequence[str]) -> Iterator[Path]:
    yield from (found for name in names for found in sorted(root.glob(name)))


def _once(paths: Iterator[Path] | Sequence[Path]) -> Iterator[Path]:
    """Several names of one file are one."""
    yield from dict.fromkeys(path.resolve() for path in paths)


def _copied(folder: Path, copy: Path) -> Path:
    """The folder as it is, links as links; what we may not read is left out."""
    with suppress(OSError):  # told at the end: all that could be copied is
        shutil.copytree(folder, copy, symlinks=True)
    copy.mkdir(exist_ok=True)
    copy.chmod(0o755)
    return copy


def _stores_in_use() -> Iterator[Path]:
    """Those of the Java that would be run, wherever it is installed."""
    homes = [Path(os.environ["JAVA_HOME"])] if os.environ.get("JAVA_HOME") else []
    if java := shutil.which("java"):
        homes.append(Path(java).resolve().parents[1])
    for home in homes:
        for place in ("lib/security/cacerts", "jre/lib/security/cacerts"):
            if (home / place).exists():
                yield home / place


@contextmanager
def place_for_chromium(home: Path | None = None) -> Iterator[None]:
    """An empty folder where Chromium would make its database, so that one can stand in for it;
    gone at the end, unless another lab has come to use it. Nothing without `certutil`."""
    import fcntl  # there are no labs where it is missing

    target = (home or Path.home()) / _CHROMIUM
    missing = [path for path in (target, target.parent) if not path.exists()]
    with ExitStack() as held:
        if shutil.which("certutil") is not None:
            with suppress(OSError):
                target.mkdir(0o700, parents=True, exist_ok=True)
                line = os.open(target, os.O_RDONLY)
                held.callback(os.close, line)
                fcntl.flock(line, fcntl.LOCK_SH)
                held.callback(_remove, missing, line)
        yield


def _remove(folders: Sequence[Path], line: int) -> None:
    import fcntl

    with suppress(OSError):  # somebody uses it, or it is not empty
        fcntl.flock(line, fcntl.LOCK_EX | fcntl.LOCK_NB)
        for folder in folders:
            folder.rmdir()


def _database(own: Path, bundle: Path, target: Path) -> Iterator[StandIn]:
    """Chromium's, where it is and `certutil` can make one."""
    if not target.is_dir() or shutil.which("certutil") is None:
        return
    own.mkdir(0o755)
    database = ["-d", f"sql:{own}"]
    trusted = ["-A", "-n", "fake-exo", "-t", "C,,", "-i", str(bundle)]
    for words in (["-N", "--empty-password"], trusted):
        done = subprocess.run(["certutil", *database, *words], capture_output=True, check=False)
        if done.returncode:
            return
    yield str(own), str(target.resolve())
