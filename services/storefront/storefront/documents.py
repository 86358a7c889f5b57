"""Documents of plain settings: each function returns one, or none and a problem in `reader`."""

import tomllib
from pathlib import Path

from storefront import aws
from storefront.reader import Document, Reader


def from_file(reader: Reader, path: Path) -> list[Document]:
    """The TOML file named by CONFIG_FILE."""
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        reader.problem("CONFIG_FILE", f"'{path}' ({type(error).__name__})", "a readable TOML file")
        return []
    return _toml_documents(reader, "CONFIG_FILE", str(path), text)


def from_parameter(reader: Reader, name: str, region: str) -> list[Document]:
    """The SSM parameter named by CONFIG_PARAMETER, fetched with the role of the task."""
    allowed = "the name of an SSM parameter of type String that the role of the task may read"
    try:
        found = aws.ssm(region).get_parameter(Name=name, WithDecryption=False)["Parameter"]
    except aws.ERRORS as error:
        reader.problem("CONFIG_PARAMETER", f"'{name}' ({aws.reason(error)})", allowed)
        return []
    if found.get("Type") != "String":
        reader.problem("CONFIG_PARAMETER", f"'{name}' of type {found.get('Type')}", allowed)
        return []
    return _toml_documents(reader, "CONFIG_PARAMETER", name, found.get("Value", ""))


def _toml_documents(reader: Reader, setting: str, place: str, text: str) -> list[Document]:
    try:
        return [Document(f"{setting} {place}", tomllib.loads(text))]
    except tomllib.TOMLDecodeError as error:
        reader.problem(setting, f"'{place}', which is not TOML ({error})", "a TOML document")
        return []
