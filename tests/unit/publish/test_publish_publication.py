"""What a publication says, page by page, and what it refuses to say."""

import json
import re
import runpy
from html import unescape
from pathlib import Path

import pandas as pd
import pytest
import yaml
from cxops import tables, theme, workspace
from cxops.errors import PublishError
from cxops.publish import publish

SAMPLES = runpy.run_path(str(Path(__file__).parents[2] / "samples" / "executed_pages.py"))


@pytest.fixture
def runs(tmp_path, monkeypatch):
    return SAMPLES["workspace"](tmp_path, monkeypatch)


def text(place):
    """The words of a page's main part."""
    html = (workspace.current().site / place).read_text("utf-8")
    main = html[html.index("<main") : html.index("</main>")]
    return " ".join(unescape(re.sub(r"<(style|svg)\b.*?</\1>|<[^>]+>", " ", main, flags=re.DOTALL)).split())


def links(place):
    return re.findall(r'href="([^"]+)"', (workspace.current().site / place).read_text("utf-8"))


def test_report_says_what_was_published(runs):
    SAMPLES["page"](runs, "all", "2025Q4")
    SAMPLES["page"](runs, "Harbour", "2025Q4", status="failed", failed_cell=5, error="KeyError: 'team'")
    said = []
    report = publish(progress=said.append)
    assert report.published == ("Journey: All units, 2025Q4",)
    assert report.failed == ("Journey: Harbour, 2025Q4 (cell 5: KeyError)",)
    assert report.out_of_date == ()
    assert report.size_bytes == sum(file.stat().st_size for file in report.site.rglob("*") if file.is_file())
    assert "Published 1 review page in" in str(report) and "Rendered with" in str(report)
    assert [line.split()[0] for line in said] == ["reading", "rendering", "checking", "putting"]


def test_same_input_gives_the_same_site(runs):
    SAMPLES["page"](runs, "all", "2025Q4")
    first, second = ({f: f.read_bytes() for f in publish().site.rglob("*") if f.is_file()} for _ in range(2))
    assert first == second


def test_home_leads_with_the_latest_quarter_and_its_signals(runs):
    small, large = SAMPLES["findings"]("Billing", weight=10.0), SAMPLES["findings"]("Back office", weight=90.0)
    SAMPLES["page"](runs, "Harbour", "2025Q4", small)
    SAMPLES["page"](runs, "Meadow", "2025Q4", large)
    SAMPLES["page"](runs, "all", "2025Q4", SAMPLES["findings"]("Specialists", weight=100.0))
    SAMPLES["page"](runs, "Summit", "2025Q3", SAMPLES["findings"]("Field service"))
    publish()
    home = text("index.html")
    order = [home.index(words) for words in ("to Back office takes", "to Billing takes", "8 % of cases")]
    assert order == sorted(order)
    assert home.count("8 % of cases") == 1  # what was counted stands once, over all units
    assert "to Specialists takes" not in home  # the units' own signals say it better than all units together
    assert "Field service" not in home and "latest quarter is 2025Q4" in home


def test_home_says_where_nothing_stands_out(runs):
    SAMPLES["page"](runs, "Valley", "2025Q4", SAMPLES["figure"]())
    publish()
    assert "Nothing stands out" in text("index.html")
    assert "nothing stands out" in text("index.html")


def test_review_shows_findings_before_figures(runs):
    SAMPLES["page"](runs, "all", "2025Q4", SAMPLES["figure"](), SAMPLES["findings"]())
    publish()
    page = text("reviews/2025Q4/all/journey.html")
    order = [
        page.index(words)
        for words in ("Where do cases wait?", "takes 12 hours", "Hours between teams", "minimum_count 30")
    ]
    assert order == sorted(order)
    assert "distinguishable from noise" in page and "interval 9 to 15 hours; against all other pairs" in page
    assert "# Journey" not in page


def test_every_finding_and_figure_names_run_tables_and_definition(runs):
    SAMPLES["page"](runs, "all", "2025Q4")
    publish()
    place, run = "reviews/2025Q4/all/journey.html", SAMPLES["manifest"]("all", "2025Q4")["run_id"]
    sources = re.findall(r'<p class="cx-source">(.*?)</p>', (workspace.current().site / place).read_text("utf-8"))
    assert len(sources) == 4
    for source in sources:
        assert f"about-this-run.html#run-{run}" in source
        assert tables.table_hash("cases")[:8] in source and tables.table_hash("steps")[:8] in source
    assert sum("glossary.html#kpi-" in source for source in sources) == 2
    assert sum('"#definitions"' in source for source in sources) == 2
    about = text("about-this-run.html")
    assert all(whole in about for whole in (tables.table_hash("cases"), "ab" * 32, "cd" * 32, "ef" * 32, "3.11", run))


def test_a_figure_that_names_its_definition_links_to_it(runs):
    figure = {"text/html": '<figure class="cx-figure" data-kpi="ping_pong"><figcaption>c</figcaption></figure>'}
    SAMPLES["page"](runs, "all", "2025Q4", figure)
    publish()
    assert links("reviews/2025Q4/all/journey.html").count("../../../glossary.html#kpi-ping_pong") == 2


def test_reviews_lead_to_other_quarters_and_units(runs):
    for quarter in ("2025Q3", "2025Q4"):
        for unit in ("all", "Harbour"):
            SAMPLES["page"](runs, unit, quarter)
    publish()
    found = set(links("reviews/2025Q4/harbour/journey.html"))
    assert {"../../2025Q3/harbour/journey.html", "../all/journey.html"} <= found


def test_pages_made_from_older_tables_are_listed_and_not_shown(runs):
    SAMPLES["page"](runs, "Harbour", "2025Q4")
    SAMPLES["write_tables"](2)
    SAMPLES["page"](runs, "Meadow", "2025Q4")
    report = publish()
    assert report.out_of_date == ("Journey: Harbour, 2025Q4",)
    assert not (report.site / "reviews" / "2025Q4" / "harbour").exists()
    assert "Journey: Harbour, 2025Q4 out of date the tables have changed since" in text("index.html")


def test_a_failed_page_shows_its_cell_and_kind_of_error_only(runs):
    SAMPLES["page"](runs, "all", "2025Q4")
    for unit, error, shown in (
        ("Harbour", "KeyError: 'Jane Doe'", "cell 5: KeyError"),
        ("Meadow", "Jane Doe", "cell 5: error"),
        ("Summit", "<script>: x", "cell 5: error"),
        ("Valley", None, "cell 5: error"),
    ):
        SAMPLES["page"](runs, unit, "2025Q4", status="failed", failed_cell=5, error=error)
        publish()
        assert f"Journey: {unit}, 2025Q4 failed {shown}" in text("index.html")
    assert "Jane" not in text("index.html") + text("about-this-run.html")


def test_only_synthetic_data_carry_the_banner(runs):
    SAMPLES["write_tables"](1, synthetic=False, title="The real thing")
    SAMPLES["page"](runs, "all", "2025Q4")
    for file in publish().site.rglob("*.html"):
        assert "Synthetic demo data" not in file.read_text("utf-8")
    assert "The real thing" in text("index.html")


def test_dictionary_has_every_column_in_plain_words(runs):
    SAMPLES["page"](runs, "all", "2025Q4")
    publish()
    page = text("data-dictionary.html")
    assert "csat number satisfaction, 1 (very dissatisfied) to 5 (very satisfied) no must be from 1 to 5" in page
    assert "case_id text identifies the case yes, part of the key any" in page
    assert "started_at moment, UTC when the step began yes, part of the key" in page
    assert "ended_at must not be before started_at" in page
    missing = [c for contract in tables.CONTRACTS.values() for c in contract.columns if c not in page]
    assert missing == []


def test_glossary_has_an_anchor_for_every_definition(runs):
    SAMPLES["page"](runs, "all", "2025Q4")
    html = (publish().site / "glossary.html").read_text("utf-8")
    assert all(f'id="kpi-{kpi}"' in html for kpi in SAMPLES["KPIS"])
    assert "Head of Care (customer experience), Head of Operations (operations)" in text("glossary.html")


def test_problems_are_counted_and_values_are_not_shown(runs):
    SAMPLES["page"](runs, "all", "2025Q4")
    counts = {"rows": 7, "accepted": 8, "set_aside": 2, "updated": 0}
    entry = {"file": "may.csv", "source": "zendesk", "sha256": "a" * 64, "rows_in": 10, "tables": {"cases": counts}}
    entry |= {"mapping_sha256": "b" * 64, "layout": "csv", "ingested_at": "2026-01-01T00:00:00+00:00"}
    data = workspace.current().data
    (data / "ingested.json").write_text(json.dumps([entry]), "utf-8")
    problem = {"file": "may.csv", "source": "zendesk", "table": "cases", "row_number": 3, "column": "opened_at"}
    broken = [problem | {"value": value, "rule": "must be a moment"} for value in ("jane@x", "joe@x")]
    pd.DataFrame(broken).to_parquet(data / "problems.parquet")
    publish()
    page = text("data-problems.html")
    assert "may.csv cases 10 8 2 7" in page
    assert "may.csv cases opened_at must be a moment 2" in page
    assert "jane" not in page
    entry["rows_in"] = 11
    (data / "ingested.json").write_text(json.dumps([entry]), "utf-8")
    with pytest.raises(PublishError, match="rows in must be rows accepted and set aside"):
        publish()


def test_methods_and_decisions_are_listed(runs):
    SAMPLES["page"](runs, "all", "2025Q4")
    method = "---\ntitle: 'Waiting <times>'\ndescription: How long.\n---\n\nWords.\n"
    (workspace.current().home / "site" / "methods" / "waiting.qmd").write_text(method, "utf-8")
    publish()
    assert "Waiting <times> : How long." in text("methods/index.html")
    assert "waiting.html" in links("methods/index.html")
    assert "There is none yet." in text("decisions/index.html")


def test_a_unit_in_any_script_gets_a_page(runs):
    SAMPLES["page"](runs, "Überlingen ☂", "2025Q4", slug="überlingen")
    report = publish()
    (place,) = (file for file in report.site.rglob("journey.html"))
    assert place.parent.name.isascii()
    assert "Journey: Überlingen ☂, 2025Q4" in text(place.relative_to(report.site))


def test_palette_is_that_of_the_charts():
    sheet = (SAMPLES["PROJECT"] / "site" / "styles.css").read_text("utf-8")
    names = {"ink": theme.INK, "muted": theme.MUTED, "grid": theme.GRID, "main": theme.MAIN, "accent": theme.ACCENT}
    names |= {"good": theme.GOOD, "quiet": theme.QUIET, "paper": theme.PAPER}
    assert all(f"--cx-{name}: {colour};" in sheet for name, colour in names.items())


def test_settings_name_nothing_outside_and_run_nothing():
    settings = yaml.safe_load((SAMPLES["PROJECT"] / "site" / "_quarto.yml").read_text("utf-8"))
    assert settings["execute"] == {"enabled": False}
    assert settings["format"]["html"]["theme"] == "default"
    assert "http" not in json.dumps(settings)
