"""Draws what would be deployed, from the synthesized templates and from nothing else."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from assembly.environment_read import read_environment
from assembly.pictures_environment import draw_environment
from assembly.pictures_release import draw_release
from assembly.pictures_road import draw_road
from assembly.read import Assembly, AssemblyNotFound, read_assembly
from assembly.release_read import longest_release
from assembly.road import NoPipeline, read_road


def pictures(assembly: Assembly) -> dict[str, str]:
    """File name -> SVG document."""
    road = read_road(assembly)
    return {
        "road.svg": draw_road(road).render(),
        "environment.svg": draw_environment(read_environment(assembly, road)).render(),
        "release.svg": draw_release(longest_release(assembly, road)).render(),
    }


def write(drawn: dict[str, str], folder: Path) -> None:
    """Write the pictures into the folder, which is made when it does not exist."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, content in drawn.items():
        (folder / name).write_text(content, "utf-8")


def stale(drawn: dict[str, str], folder: Path) -> list[str]:
    """The names of the pictures that the folder does not hold byte for byte."""
    return [
        name
        for name, content in drawn.items()
        if not (folder / name).is_file() or (folder / name).read_bytes() != content.encode()
    ]


def main(argv: list[str] | None = None) -> int:
    """``python -m assembly.pictures [--assembly cdk.out] [--out docs/pictures] [--check]``.

    Exit status 1 when ``--check`` finds a picture that is not current, 2 without an assembly.
    """
    parser = argparse.ArgumentParser(prog="assembly.pictures", description=__doc__)
    parser.add_argument("--assembly", type=Path, default=Path("cdk.out"))
    parser.add_argument("--out", type=Path, default=Path("docs/pictures"))
    parser.add_argument("--check", action="store_true", help="write nothing; fail when not current")
    arguments = parser.parse_args(argv)
    try:
        drawn = pictures(read_assembly(arguments.assembly))
    except (AssemblyNotFound, NoPipeline) as missing:
        print(missing, file=sys.stderr)
        return 2
    if not arguments.check:
        write(drawn, arguments.out)
        return 0
    old = stale(drawn, arguments.out)
    for name in old:
        print(
            f"{arguments.out / name} is not what the templates say: run "
            f"`python -m assembly.pictures --assembly {arguments.assembly} --out {arguments.out}`.",
            file=sys.stderr,
        )
    return 1 if old else 0


if __name__ == "__main__":
    sys.exit(main())
