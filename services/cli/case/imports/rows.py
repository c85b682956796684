"""Rows of an export, one by one: CSV with a heading, or JSON Lines. The file is never held whole."""

import csv
import hashlib
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from services.cli.language import t


class BadFile(Exception):
    """The file cannot be read as what it should be."""


@dataclass(frozen=True, slots=True)
class Row:
    """One row as it was read."""

    number: int
    """Line in the file, from 1; the heading of a CSV file is line 1. A value with line breaks counts its first line."""
    values: Mapping[str, Any]
    """By column; of JSON by name, nested objects by "outer.inner"."""
    sha256: bytes
    """Of the values, whatever their order in the file."""


def read(path: Path, *, encoding: str, delimiter: str) -> Iterator[Row]:
    """The rows of a .csv, .jsonl or .ndjson file.

    Raises:
        BadFile: another encoding or format, a row that does not fit the heading, a line that is no JSON object.
    """
    try:
        if path.suffix.lower() in (".jsonl", ".ndjson"):
            yield from _json(path, encoding)
        elif path.suffix.lower() == ".csv":
            yield from _csv(path, encoding, delimiter)
        else:
            raise BadFile(t("文件须为 .csv、.jsonl 或 .ndjson", "the file must be .csv, .jsonl or .ndjson"))
    except UnicodeDecodeError as error:
        raise BadFile(f"{path}: {t('编码不是', 'is not encoded in')} {encoding}") from error


def count(path: Path) -> int:
    """About how many rows: line breaks, for the progress bar."""
    lines = 0
    with path.open("rb") as file:
        while block := file.read(1 << 20):
            lines += block.count(b"\n")
    return lines


def _csv(path: Path, encoding: str, delimiter: str) -> Iterator[Row]:
    with path.open(encoding=encoding, newline="") as file:
        reader = csv.reader(file, delimiter=delimiter, strict=True)
        try:
            heading = [name.strip() for name in next(reader, [])]
            if not heading or len(set(heading)) != len(heading):
                raise BadFile(t("表头为空或者列名重复", "the heading is empty or names a column twice"))
            while True:
                number = reader.line_num + 1
                cells = next(reader, None)
                if cells is None:
                    return
                if not any(cells):
                    continue
                if len(cells) != len(heading):
                    raise BadFile(
                        t(
                            f"第{number}行有{len(cells)}列，表头有{len(heading)}列",
                            f"line {number} has {len(cells)} columns, the heading {len(heading)}",
                        )
                    )
                yield _row(number, dict(zip(heading, (cell.strip() for cell in cells), strict=True)))
        except csv.Error as error:
            raise BadFile(f"{t('第', 'line ')}{reader.line_num}{t('行：', ': ')}{error}") from error


def _json(path: Path, encoding: str) -> Iterator[Row]:
    with path.open(encoding=encoding) as file:
        for number, line in enumerate(file, 1):
            if not line.strip():
                continue
            try:
                values = json.loads(line)
            except json.JSONDecodeError as error:
                raise BadFile(f"{t('第', 'line ')}{number}{t('行：', ': ')}{error.msg}") from error
            if not isinstance(values, dict):
                raise BadFile(t(f"第{number}行不是JSON对象", f"line {number} is no JSON object"))
            yield _row(number, dict(_flat(values, "")))


def _flat(values: Mapping[str, Any], path: str) -> Iterator[tuple[str, Any]]:
    for name, value in values.items():
        if isinstance(value, dict):
            yield from _flat(value, f"{path}{name}.")
        else:
            yield f"{path}{name}", value


def _row(number: int, values: dict[str, Any]) -> Row:
    canonical = json.dumps(values, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return Row(number, values, hashlib.sha256(canonical.encode()).digest())
