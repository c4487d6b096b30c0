"""What stands in for the trust stores of a system: each as its distribution lays them out."""

from pathlib import Path

import pytest
from fake_exo_harness.namespaces.trust import stand_ins

from fake_exo.drive import AuthorityFiles

FILES = AuthorityFiles(b"the fake's", ("0a1b2c3d.0",), b"java's")


def laid_out(root: Path, *names: str) -> None:
    for name in names:
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("the system's")


@pytest.fixture(autouse=True)
def no_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A home without Chromium, and no Java that could be run."""
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.delenv("JAVA_HOME", raising=False)


def found(tmp_path: Path) -> dict[str, bytes | None]:
    """What stands in, by the name of that for which it does; None for a folder."""
    root, own = tmp_path / "system", tmp_path / "own"
    own.mkdir()
    return {
        str(Path(target).relative_to(root)): content(Path(source))
        for source, target in stand_ins(own, FILES, root)
    }


def content(path: Path) -> bytes | None:
    return None if path.is_dir() else path.read_bytes()


def test_debian(tmp_path: Path) -> None:
    root = tmp_path / "system"
    laid_out(
        root,
        "etc/ssl/certs/ca-certificates.crt",
        "etc/ssl/certs/java/cacerts",
        "usr/share/ca-certificates/mozilla/DigiCert_Global_Root_G2.crt",
        "usr/share/ca-certificates/mozilla/ISRG_Root_X1.crt",
    )
    store = root / "usr/lib/jvm/java-17-openjdk-amd64/lib/security/cacerts"
    store.parent.mkdir(parents=True)
    store.symlink_to(root / "etc/ssl/certs/java/cacerts")
    assert found(tmp_path) == {
        "etc/ssl/certs": None,
        "etc/ssl/certs/ca-certificates.crt": b"the fake's",
        "usr/share/ca-certificates/mozilla/DigiCert_Global_Root_G2.crt": b"the fake's",
        "etc/ssl/certs/java/cacerts": b"java's",
    }


def test_redhat(tmp_path: Path) -> None:
    root, bundle = tmp_path / "system", "etc/pki/ca-trust/extracted/pem/tls-ca-bundle.pem"
    laid_out(root, bundle, "etc/pki/ca-trust/extracted/java/cacerts")
    (root / "etc/pki/tls/certs").mkdir(parents=True)
    (root / "etc/pki/tls/certs/ca-bundle.crt").symlink_to(root / bundle)
    (root / "etc/ssl").mkdir()
    (root / "etc/ssl/certs").symlink_to(root / "etc/pki/tls/certs")
    assert found(tmp_path) == {
        "etc/pki/tls/certs": None,
        bundle: b"the fake's",
        "etc/pki/ca-trust/extracted/java/cacerts": b"java's",
    }


def test_alpine(tmp_path: Path) -> None:
    root = tmp_path / "system"
    laid_out(root, "etc/ssl/certs/ca-certificates.crt")
    (root / "etc/ssl/cert.pem").symlink_to("certs/ca-certificates.crt")
    laid_out(root, "opt/java/openjdk/lib/security/cacerts")
    assert found(tmp_path) == {
        "etc/ssl/certs": None,
        "etc/ssl/certs/ca-certificates.crt": b"the fake's",
        "opt/java/openjdk/lib/security/cacerts": b"java's",
    }


def test_a_folder_keeps_what_else_is_in_it_and_gets_the_hashed_names(tmp_path: Path) -> None:
    root = tmp_path / "system"
    laid_out(root, "etc/ssl/certs/ssl-cert-snakeoil.pem", "etc/ssl/certs/0a1b2c3d.0")
    (root / "etc/ssl/certs/gone.pem").symlink_to("/nowhere")
    own = tmp_path / "own"
    own.mkdir()
    ((copy, _),) = stand_ins(own, FILES, root)
    assert (Path(copy) / "ssl-cert-snakeoil.pem").read_text() == "the system's"
    assert (Path(copy) / "0a1b2c3d.0").read_bytes() == b"the fake's"
    assert (Path(copy) / "gone.pem").readlink() == Path("/nowhere")


def test_a_java_that_lies_elsewhere_is_found(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    root = tmp_path / "system"
    laid_out(root, "srv/jdk/jre/lib/security/cacerts")
    monkeypatch.setenv("JAVA_HOME", str(root / "srv/jdk"))
    assert found(tmp_path) == {"srv/jdk/jre/lib/security/cacerts": b"java's"}
