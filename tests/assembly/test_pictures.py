"""The committed pictures are what the templates say."""

from __future__ import annotations

from pathlib import Path

import pytest

from assembly.environment_read import read_environment
from assembly.pictures import main, pictures
from assembly.pictures_environment import draw_environment
from assembly.pictures_release import draw_release
from assembly.pictures_road import draw_road
from assembly.read import read_assembly
from assembly.release_read import longest_release
from assembly.road import read_road
from assembly.svg import texts

PICTURES = Path(__file__).parents[2] / "docs" / "pictures"


def test_the_committed_pictures_are_current(
    assembly_dir: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    status = main(["--assembly", str(assembly_dir), "--out", str(PICTURES), "--check"])
    assert (status, capsys.readouterr().err) == (0, "")


def test_the_same_assembly_gives_the_same_bytes(assembly_dir: Path) -> None:
    assert pictures(read_assembly(assembly_dir)) == pictures(read_assembly(assembly_dir))


def test_nothing_in_the_pictures_is_shortened(assembly_dir: Path) -> None:
    assembly = read_assembly(assembly_dir)
    road = read_road(assembly)
    for drawing in (
        draw_road(road),
        draw_environment(read_environment(assembly, road)),
        draw_release(longest_release(assembly, road)),
    ):
        assert [text.whole for text in texts(drawing.shapes) if text.content != text.whole] == []


def test_check_names_the_picture_that_is_not_current(
    assembly_dir: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    arguments = ["--assembly", str(assembly_dir), "--out", str(tmp_path)]
    assert main(arguments) == 0
    assert main([*arguments, "--check"]) == 0
    (tmp_path / "road.svg").write_text("<svg/>", "utf-8")
    assert main([*arguments, "--check"]) == 1
    message = capsys.readouterr().err
    assert "road.svg" in message
    assert "environment.svg" not in message


def test_without_an_assembly_it_says_so(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--assembly", str(tmp_path), "--out", str(tmp_path)]) == 2
    assert "no cloud assembly" in capsys.readouterr().err
