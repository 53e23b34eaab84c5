# SPDX-License-Identifier: Apache-2.0
"""A part of a document that a command writes, between two marks."""

from pathlib import Path


def replace_section(document: Path, markers: tuple[str, str], text: str) -> None:
    before, rest = document.read_text().split(markers[0])
    _, after = rest.split(markers[1])
    document.write_text(f"{before}{markers[0]}\n\n{text}\n\n{markers[1]}{after}")
