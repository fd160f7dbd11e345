"""The numeric contract: sections that the code cites exist, and the page agrees with the model."""

import re
from pathlib import Path

from pulsetrain.golden import device, generator
from pulsetrain.spec import noise
from pulsetrain.spec.variation import STUCK_BITS

ROOT = Path(__file__).parents[1]
PAGE = ROOT / "docs" / "reference" / "contract.md"
CITED = re.compile(r"docs/reference/contract\.md,\s+section (\d+)")
FOLDERS = ("rtl_gen", "sim", "boards", "tests")


def sources() -> list[Path]:
    return [path for folder in FOLDERS for path in sorted((ROOT / folder).rglob("*.py"))]


def test_cited_sections_exist():
    sections = re.findall(r"^## (\d+)\. \S", PAGE.read_text(), re.MULTILINE)
    assert sections == [str(number) for number in range(1, len(sections) + 1)]
    cited = [number for path in sources() for number in CITED.findall(path.read_text())]
    assert len(cited) >= 5
    assert set(cited) <= set(sections)


def test_the_page_refers_to_its_own_sections():
    text = PAGE.read_text()
    sections = set(re.findall(r"^## (\d+)\. \S", text, re.MULTILINE))
    assert set(re.findall(r"\bsection (\d+)", text)) <= sections


def test_nothing_cites_a_document_that_does_not_exist():
    for path in sources():
        assert not re.search(r"\bSPEC section\b|\bthe SPEC\b", path.read_text()) or (
            path == Path(__file__)), path


def test_the_page_has_the_constants():
    text = PAGE.read_text()
    for constant in (generator.LAYER_SPREAD, generator.ROW_SPREAD, generator.DEVICE_SPREAD,
                     generator.DEVICE_MARK, generator.PROGRAMMING_MARK):
        assert f"0x{constant:08X}" in text
    assert f"spread(i, 0x{generator.ROW_SPREAD:08X}, {generator.ROW_BITS})" in text
    assert f"spread(l, 0x{generator.LAYER_SPREAD:08X}, {generator.LAYER_BITS})" in text
    assert f"spread(2j + k, 0x{generator.DEVICE_SPREAD:08X}, {generator.DEVICE_BITS})" in text
    assert generator.ROUNDS == 5
    assert "in five rounds" in text
    assert f"lowest {device.CLASS_BITS} bits" in text
    assert f"upper {STUCK_BITS} bits" in text
    assert f" {noise.LARGEST_SUM}, an odd number" in text
    assert f"K (odd, 1 to {noise.LARGEST_FACTOR})" in text
    assert f"of d over all draws is within {100 * noise.TOLERANCE:g} % of" in text
