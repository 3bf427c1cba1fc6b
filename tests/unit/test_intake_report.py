"""The import report is one safe page that names every thing found."""
from __future__ import annotations

from html.parser import HTMLParser

import pytest
from tests.intake_files import patch_rows, polygon, square, squares, write_geojson, write_shapefile

from land_inspector.errors import InputError, message
from land_inspector.exchange.formats.html import write_page
from land_inspector.exchange.intake.patches import take_in
from land_inspector.exchange.report import import_report
from land_inspector.register.records import Finding


class Cells(HTMLParser):
    """The text of each table row, and every tag seen."""

    def __init__(self, page):
        super().__init__()
        self.rows, self.tags = [], set()
        self.feed(page)

    def handle_starttag(self, tag, attrs):
        self.tags.add(tag)
        if tag == "tr":
            self.rows.append([])
        if tag == "td":
            self.rows[-1].append("")

    def handle_data(self, data):
        if self.rows and self.rows[-1]:
            self.rows[-1][-1] += data.strip()


@pytest.fixture
def intake(tmp_path):
    rows = patch_rows(4)
    rows[0]["JCBH"] = "<script>alert(1)</script>"
    twice = {"type": "MultiPolygon", "coordinates": [polygon(square())["coordinates"]] * 2}
    geometries = [twice, None] + [polygon(s) for s in squares(4)[2:]]
    path = write_geojson(tmp_path / "a&b.geojson", rows, geometries)
    return take_in(str(path), target_crs="EPSG:4528", area_method="P")


def test_every_finding_has_its_row_patch_and_remedy(intake):
    page = Cells(import_report(intake))
    found = [row for row in page.rows if len(row) == 8]
    assert len(found) == len(intake.findings)
    for finding in intake.findings:
        (row,) = [row for row in found if str(finding.message) in row and row[1] == str(finding.row or "")]
        assert row[0].startswith(finding.severity)
        assert row[2:4] == [finding.patch or "", finding.rule]
        assert row[7] == str(finding.remedy)


def test_errors_come_first_and_areas_stand_beside_repairs(intake):
    found = [row for row in Cells(import_report(intake)).rows if len(row) == 8]
    letters = [row[0][0] for row in found]
    assert letters == sorted(letters, key="EWI".index)
    assert ["20,000.00", "10,000.00"] in [row[5:7] for row in found]


def test_nothing_of_the_file_becomes_markup(intake):
    page = import_report(intake, batch="<b>七月一批</b>")
    assert "script" not in Cells(page).tags
    assert "<script" not in page and "&lt;b&gt;七月一批" in page and "a&amp;b.geojson" in page


def test_the_page_needs_nothing_from_outside(intake):
    page = import_report(intake)
    assert not {"link", "img", "script", "iframe"} & Cells(page).tags
    assert "http" not in page and "url(" not in page


def test_changes_against_the_issue_before_are_listed_apart(intake):
    change = Finding("I", message("Patch {patch} is new.", patch="X"), message("Nothing to do."), patch="X")
    page = import_report(intake, changed=1, changes=[change])
    assert page.index("Patch X is new.") < page.index("What was found")


def test_a_clean_import_says_so(tmp_path):
    clean = take_in(str(write_shapefile(tmp_path / "a.shp", patch_rows(2), squares(2))), target_crs="EPSG:4528", area_method="P")
    assert not clean.findings
    assert "Nothing." in import_report(clean)


def test_the_page_is_written_whole_or_not_at_all(tmp_path, intake):
    write_page(str(tmp_path / "report.html"), import_report(intake))
    assert (tmp_path / "report.html").read_text(encoding="utf-8").endswith("</html>\n")
    assert not list(tmp_path.glob("*.part"))
    with pytest.raises(InputError, match="cannot be written"):
        write_page(str(tmp_path / "no folder" / "report.html"), "x")
