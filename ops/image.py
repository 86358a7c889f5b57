"""Builds a service's image, pushes it once, and writes down its digest for the synth step.

    python -m ops.image build --service storefront --source services/storefront \
        --repository 111111111111.dkr.ecr.ap-southeast-1.amazonaws.com/pase/storefront \
        --output images/storefront.json

The output is `{"service", "repository", "tag", "digest"}`; every stage then runs
`repository@digest`. Exit status: 0 written, 1 the build or ECR failed, 2 the input or the machine
cannot be used, 130 interrupted. Without status 0 the output file is as it was before.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
from collections.abc import Sequence
from pathlib import Path

from .image_build import (
    DEFAULT_PLATFORM,
    DEFAULT_TARGET,
    BadInput,
    BuildFailed,
    build_once,
    read_source,
)
from .image_registry import Registry, RegistryError, Repository


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command and return its exit status."""
    options = _parser().parse_args(arguments)
    try:
        repository: Repository = options.repository
        image = build_once(
            source=read_source(options.source),
            repository=repository,
            registry=Registry(region=repository.region),
            target=options.target,
            platform=options.platform,
        )
        document = {
            "service": options.service,
            "repository": image.repository,
            "tag": image.tag,
            "digest": image.digest,
        }
        write_atomically(options.output, json.dumps(document, indent=2) + "\n")
    except BadInput as error:
        print(f"image: {error}", file=sys.stderr)
        return 2
    except (BuildFailed, RegistryError) as error:
        print(f"image: {error}", file=sys.stderr)
        return 1
    except OSError as error:
        print(f"image: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("image: interrupted; nothing was written", file=sys.stderr)
        return 130
    print(f"{options.output}: {image.repository}@{image.digest}")
    return 0


def write_atomically(path: Path, text: str) -> None:
    """Write the file whole or not at all, making its folder. A reader never sees a part of it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_name(f".{path.name}.{os.getpid()}.tmp")
    try:
        temporary.write_text(text, encoding="utf-8")
        temporary.replace(path)
    finally:
        temporary.unlink(missing_ok=True)


def _repository(text: str) -> Repository:
    try:
        return Repository.parse(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError(str(error)) from None


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m ops.image")
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    build = commands.add_parser(
        "build", help="build the image unless ECR has it, and write its digest"
    )
    build.add_argument("--service", required=True)
    build.add_argument("--source", required=True, type=Path, help="folder with the Dockerfile")
    build.add_argument("--repository", required=True, type=_repository, help="ECR repository URI")
    build.add_argument("--output", required=True, type=Path, help="JSON file to write")
    build.add_argument("--target", default=DEFAULT_TARGET, help="stage of the Dockerfile")
    build.add_argument("--platform", default=DEFAULT_PLATFORM, help="or linux/arm64")
    return parser


if __name__ == "__main__":
    sys.exit(main())
