from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from auditor.render.parts.fingerprint import LineHashes

VECTORS = json.loads((Path(__file__).parents[2] / "fixtures" / "sarif" / "fingerprint-vectors.json").read_text(encoding="utf-8"))


@pytest.mark.parametrize("vector", VECTORS, ids=lambda vector: vector["name"])
def test_hashes_are_those_of_the_upload_action(vector: dict[str, Any]) -> None:
    content = bytes.fromhex(vector["bytes_hex"]) if "bytes_hex" in vector else vector["text"].encode("utf-8", "surrogatepass")
    hashes = LineHashes(content)
    assert [hashes.of(line) for line in range(1, len(hashes) + 1)] == vector["hashes"]


def test_no_hash_outside_the_file() -> None:
    hashes = LineHashes(b"a\n")
    assert (hashes.of(0), hashes.of(3)) == (None, None)


def by_definition(text: str) -> list[str]:
    """The algorithm as it is described: unit by unit, without any shortcut."""
    encoded = text.encode("utf-16-le", "surrogatepass")
    units = [int.from_bytes(encoded[index : index + 2], "little") for index in range(0, len(encoded), 2)]
    kept: list[int] = []
    starts: list[int] = []
    line_start, after_cr = True, False
    for original in [*units, 65535]:
        unit = original
        if unit in {32, 9} or (unit == 10 and after_cr):
            after_cr = False
            continue
        after_cr = unit == 13
        unit = 10 if after_cr else unit
        if line_start:
            starts.append(len(kept))
            line_start = False
        line_start = line_start or unit == 10
        kept.append(unit)
    kept += [0] * 100
    seen: dict[str, int] = {}
    answer = []
    for start in starts:
        name = f"{sum(kept[start + i] * 37 ** (99 - i) for i in range(100)) % 2**64:x}"
        seen[name] = seen.get(name, 0) + 1
        answer.append(f"{name}:{seen[name]}")
    return answer


@given(st.text(alphabet=st.sampled_from("ab \t\r\n\u2028\ufeffé😀"), max_size=300))
def test_hashes_follow_the_definition(text: str) -> None:
    hashes = LineHashes(text.encode())
    assert [hashes.of(line) for line in range(1, len(hashes) + 1)] == by_definition(text)
