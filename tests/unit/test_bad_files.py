"""Every slip in a file is told with place, cause and remedy; tests/bad holds one of each kind."""

from pathlib import Path

import pytest
from fake_exo_harness.scenario import ScenarioError, load_paths

FOLDER = Path(__file__).parents[1] / "bad"
FILES = sorted(FOLDER.glob("*.exo.yaml"))


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name.partition(".")[0])
def test_the_error_is_the_one_written_beside_the_file(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(FOLDER)
    with pytest.raises(ScenarioError) as caught:
        load_paths([Path(path.name)])
    wanted = path.with_name(path.name.replace(".exo.yaml", ".error"))
    assert f"{caught.value}\n" == wanted.read_text()


def test_all_errors_of_all_files_come_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(FOLDER)
    with pytest.raises(ScenarioError) as caught:
        load_paths([Path()])
    places = {problem.place.path.name for problem in caught.value.problems}
    assert {path.name for path in FILES} - places == {
        "27-include-of-itself.exo.yaml",  # these two are told where they stand: in the parts
        "28-error-in-the-included-file.exo.yaml",
    }


def test_a_file_that_is_not_utf_8_is_named_with_the_byte(tmp_path: Path) -> None:
    path = tmp_path / "latin.exo.yaml"
    path.write_bytes(b"scenario: caf\xe9\n")
    with pytest.raises(ScenarioError, match=r"is not UTF-8 \(byte 13\); save it as UTF-8"):
        load_paths([path])


def test_a_byte_order_mark_is_no_error(tmp_path: Path) -> None:
    path = tmp_path / "bom.exo.yaml"
    good = (
        (FOLDER / "20-connector-range.exo.yaml")
        .read_text()
        .replace("10.0.0.1-10.0.0.9", "10.0.0.1")
    )
    path.write_bytes(b"\xef\xbb\xbf" + good.encode())
    assert [scenario.id for scenario in load_paths([path])] == ["bom"]


def test_a_billion_aliases_are_refused_in_no_time(tmp_path: Path) -> None:
    levels = ["a0: &a0 {name: x}"]
    levels += [
        f"a{n}: &a{n} {{{', '.join(f'k{i}: *a{n - 1}' for i in range(9))}}}" for n in range(1, 12)
    ]
    (tmp_path / "bomb.yaml").write_text("\n".join([*levels, "name: c"]))
    path = tmp_path / "x.exo.yaml"
    path.write_text("scenario: a\ntenant: {include: bomb.yaml}\nwhen: []\nthen: []\n")
    with pytest.raises(ScenarioError, match='"a11" is not a key here'):
        load_paths([path])
