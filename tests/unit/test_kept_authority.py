"""One authority that is kept: whom it may sign for, and who may read it. The judge of certificates
is Python's own `ssl`, over OpenSSL."""

import os
import ssl
import stat
import sys
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import serialization

from fake_exo.tls import authority, kept
from fake_exo.tls.issuing import Credentials, issue

SERVICE = ("outlook.com", "*.outlook.com", "*.office365.com", "smtp.office365.com")


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("bench") / "ca"
    kept.keep(path, SERVICE, ["bench.office.example", "192.168.1.10"])
    return path


@pytest.fixture
def in_use(folder: Path) -> Iterator[Path]:
    authority.use(kept.keep(folder, SERVICE, []))
    yield folder
    authority._kept.clear()
    authority._issued.cache_clear()
    authority.server_tls.cache_clear()


def taken(shown: Credentials, name: str, root: Path, where: Path) -> str:
    """What a client says that trusts the root and wants this name; empty when it takes it."""
    (where / "server.pem").write_bytes(shown.pem)
    server = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    server.load_cert_chain(where / "server.pem")
    to_server, to_client = ssl.MemoryBIO(), ssl.MemoryBIO()
    client = ssl.create_default_context(cafile=str(root)).wrap_bio(
        to_client, to_server, server_hostname=name
    )
    other = server.wrap_bio(to_server, to_client, server_side=True)
    for _ in range(3):
        for side in (client, other):
            try:
                side.do_handshake()
            except ssl.SSLWantReadError:
                pass
            except ssl.SSLCertVerificationError as error:
                return error.verify_message
    return ""


@pytest.mark.parametrize("name", ["smtp.office365.com", "outlook.com", "192.168.1.10", "127.0.0.1",
                                  "bench.office.example", "x.bench.office.example"])  # fmt: skip
def test_it_signs_for_the_service_and_the_bench(name: str, folder: Path, tmp_path: Path) -> None:
    shown = issue("outlook.com", [name], kept.keep(folder, SERVICE, []).issuer)
    assert taken(shown, name, folder / "ca.pem", tmp_path) == ""


@pytest.mark.parametrize("name", ["www.bank.example", "office365.com.evil.example",
                                  "notoutlook.com", "192.168.1.11", "8.8.8.8"])  # fmt: skip
def test_for_the_rest_of_the_world_it_counts_for_nothing(
    name: str, folder: Path, tmp_path: Path
) -> None:
    found = kept.keep(folder, SERVICE, [])
    assert not found.allows(name)
    shown = issue("outlook.com", [name], found.issuer)
    assert taken(shown, name, folder / "ca.pem", tmp_path) == "permitted subtree violation"


def test_names_that_it_may_not_have_are_left_out_of_a_certificate(
    in_use: Path, tmp_path: Path
) -> None:
    names = ("smtp.office365.com", "192.168.1.99")
    shown = authority._issued(names, "good")
    assert taken(shown, "smtp.office365.com", in_use / "ca.pem", tmp_path) == ""
    assert authority.authority_pem() == (in_use / "ca.pem").read_bytes()


@pytest.mark.parametrize(
    ("kind", "why"),
    [
        ("wrong-name", "Hostname mismatch, certificate is not valid for 'smtp.office365.com'."),
        ("address-only", "Hostname mismatch, certificate is not valid for 'smtp.office365.com'."),
        ("expired", "certificate has expired"),
        ("unknown-root", "unable to get local issuer certificate"),
    ],
)
def test_what_is_wrong_on_purpose_is_wrong_for_its_own_reason(
    kind: str, why: str, in_use: Path, tmp_path: Path
) -> None:
    """Who does not look at names must fall for a wrong one with a kept authority too."""
    shown = authority._issued(("smtp.office365.com",), kind)
    assert taken(shown, "smtp.office365.com", in_use / "ca.pem", tmp_path) == why


def test_a_folder_is_for_its_owner_and_the_roots_key_is_nowhere(folder: Path) -> None:
    if os.name == "posix":
        assert stat.S_IMODE(folder.stat().st_mode) == 0o700
        assert {stat.S_IMODE(path.stat().st_mode) for path in folder.iterdir()} == {0o600}
    assert sorted(path.name for path in folder.iterdir()) == [
        "ca.cer", "ca.pem", "issuer.pem", "key.pem"
    ]  # fmt: skip
    root = x509.load_pem_x509_certificate((folder / "ca.pem").read_bytes())
    key = serialization.load_pem_private_key((folder / "key.pem").read_bytes(), None)
    assert root.public_key() != key.public_key()
    assert x509.load_der_x509_certificate((folder / "ca.cer").read_bytes()) == root


def test_it_is_the_same_the_next_time(folder: Path) -> None:
    before = (folder / "ca.pem").read_bytes()
    assert kept.keep(folder, SERVICE, ["192.168.1.10"]).root == before


def test_another_name_is_refused_with_what_there_is(folder: Path) -> None:
    with pytest.raises(kept.AuthorityError, match=r"is not for 10\.0\.0\.1, but for "):
        kept.keep(folder, SERVICE, ["10.0.0.1"])


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no such modes")
@pytest.mark.parametrize(("path", "mode"), [("", 0o755), ("key.pem", 0o640)])
def test_a_key_that_others_may_read_is_refused(path: str, mode: int, folder: Path) -> None:
    was = stat.S_IMODE((folder / path).stat().st_mode)
    (folder / path).chmod(mode)
    try:
        with pytest.raises(kept.AuthorityError, match="others may enter or read it"):
            kept.keep(folder, SERVICE, [])
    finally:
        (folder / path).chmod(was)


def broken(folder: Path, where: Path) -> Path:
    copy = where / "copy"
    copy.mkdir(mode=0o700)
    for path in folder.iterdir():
        (copy / path.name).write_bytes(path.read_bytes())
        (copy / path.name).chmod(0o600)
    return copy


@pytest.mark.parametrize("name", ["ca.pem", "issuer.pem", "key.pem"])
@pytest.mark.parametrize("content", [None, b"", b"-----BEGIN nothing"])
def test_a_folder_that_is_not_whole_is_told(
    name: str, content: bytes | None, folder: Path, tmp_path: Path
) -> None:
    copy = broken(folder, tmp_path)
    if content is None:
        (copy / name).unlink()
    else:
        (copy / name).write_bytes(content)
    with pytest.raises(kept.AuthorityError, match=r"no authority to use: .*; give a new folder"):
        kept.keep(copy, SERVICE, [])


def test_the_key_of_another_is_told(folder: Path, tmp_path: Path) -> None:
    copy = broken(folder, tmp_path)
    kept.keep(tmp_path / "other", SERVICE, [])
    (copy / "key.pem").write_bytes((tmp_path / "other" / "key.pem").read_bytes())
    with pytest.raises(kept.AuthorityError, match=r"key\.pem is not the key of issuer\.pem"):
        kept.keep(copy, SERVICE, [])


def test_one_that_has_ended_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(kept, "_YEARS", timedelta(hours=-1))
    with pytest.raises(kept.AuthorityError, match="it ended on "):
        kept.keep(tmp_path / "ca", SERVICE, [])


def test_where_no_folder_can_be_made_it_is_told(tmp_path: Path) -> None:
    with pytest.raises(kept.AuthorityError, match="no authority can be kept: No such file"):
        kept.keep(tmp_path / "no" / "ca", SERVICE, [])
