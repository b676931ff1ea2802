"""What a publication says, page by page, and what it refuses to say."""

import json
import re
import runpy
from dataclasses import replace
from html import unescape
from pathlib import Path

import pandas as pd
import pytest
import yaml
from cxops import tables, theme, workspace
from cxops.errors import PublishError
from cxops.findings import Finding, Findings, Verdict
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
    assert report.not_published == {"failed, cell 5: KeyError": ("Journey: Harbour, 2025Q4",)}
    assert "Not published, failed, cell 5: KeyError: Journey: Harbour, 2025Q4" in str(report)
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
    SAMPLES["page"](runs, "all", "2025Q4", SAMPLES["figure"](), SAMPLES["findings"]("Specialists", weight=1.0))
    SAMPLES["page"](runs, "Summit", "2025Q3", SAMPLES["findings"]("Field service"))
    publish()
    home = text("index.html")
    said = ("to Back office takes", "to Billing takes", "to Specialists takes", "8 % of cases")
    order = [home.index(words) for words in said]
    assert order == sorted(order)
    assert home.count("8 % of cases") == 1  # what was counted stands once, over all units
    assert "Field service" not in home and "latest quarter is 2025Q4" in home


def test_home_says_where_nothing_stands_out(runs):
    SAMPLES["page"](runs, "Valley", "2025Q4", SAMPLES["figure"]())
    publish()
    assert "Nothing stands out on 1 page" in text("index.html")
    assert "nothing stands out" in text("index.html")
    assert "Not looked at" not in text("index.html")


def test_home_says_how_many_pages_of_the_quarter_were_not_looked_at(runs):
    SAMPLES["page"](runs, "all", "2025Q4", SAMPLES["figure"]())
    SAMPLES["page"](runs, "Valley", "2025Q4", status="failed", failed_cell=5, error="KeyError: 'team'")
    SAMPLES["page"](runs, "Harbour", "2026Q1", status="failed", failed_cell=5, error="KeyError: 'team'")
    SAMPLES["page"](runs, "Harbour", "2025Q3", status="failed", failed_cell=5, error="KeyError: 'team'")
    publish()
    assert "Not looked at: 2 pages of 3, failed or out of date" in text("index.html")


def test_home_tells_how_often_chance_alone_names_something(runs):
    for unit in ("all", "Harbour", "Meadow"):
        SAMPLES["page"](runs, unit, "2025Q4")
    SAMPLES["page"](runs, "Valley", "2025Q4", parameters={"unit": "Valley"})  # a page that tests nothing
    SAMPLES["page"](runs, "Harbour", "2025Q3")
    publish()
    assert "one of the 3 pages tested for this quarter with a probability of at most 3 % (1 % a page)" in text(
        "index.html"
    )
    SAMPLES["page"](runs, "Meadow", "2025Q4", parameters={"alpha": 0.2})
    publish()
    assert "of at most 22 % (1 % or 20 % a page)" in text("index.html")


def test_what_all_units_together_show_is_left_out_only_where_a_unit_shows_the_same(runs):
    SAMPLES["page"](runs, "Harbour", "2025Q4", SAMPLES["findings"]("Billing", subject="Front desk → Billing"))
    for subject, told in (("Front desk → Billing", False), ("Front desk → Specialists", True), ("", True)):
        SAMPLES["page"](runs, "all", "2025Q4", SAMPLES["findings"]("Specialists", subject=subject))
        publish()
        assert ("to Specialists takes" in text("index.html")) is told
        assert ("since a single unit shows the same: 1 of all units together" in text("index.html")) is not told


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


def test_details_stand_folded_at_the_end_of_their_section_and_are_found_by_search(runs):
    file = SAMPLES["page"](runs, "all", "2025Q4", SAMPLES["pairs_table"](), SAMPLES["figure"](), SAMPLES["findings"]())
    place = file.with_name("journey.ipynb")
    notebook = json.loads(place.read_text("utf-8"))
    section = {"cell_type": "markdown", "id": "s", "metadata": {}, "source": "## Waits"}
    notebook["cells"][2]["metadata"]["tags"] = ["details"]  # the table, which comes before the figure
    notebook["cells"].insert(2, section)
    notebook["cells"].insert(5, section | {"source": "## Returns", "id": "t"})
    place.write_text(json.dumps(notebook), "utf-8")
    publish()
    html = (workspace.current().site / "reviews/2025Q4/all/journey.html").read_text("utf-8")
    start = html.index('<details class="cx-more"><summary>Details: 1</summary>')
    order = [html.index(each) for each in ("Waits</h3>", "<figcaption>Hours between teams")]
    order += [start, html.index("Pairs of teams by hours", start), html.index("Returns</h3>")]
    assert order == sorted(order)
    found = json.loads((workspace.current().site / "search.json").read_text("utf-8"))
    assert any("Pairs of teams by hours" in each["text"] for each in found)


def test_findings_that_do_not_lead_are_folded_and_signals_never_are(runs):
    counted = [replace(SAMPLES["findings"]()[1], key=f"t.{at}", headline=f"Count {at}") for at in range(9)]
    signals = [replace(SAMPLES["findings"]()[0], key=f"s.{at}", headline=f"Signal {at}") for at in range(8)]
    SAMPLES["page"](runs, "Harbour", "2025Q4", Findings(counted))
    SAMPLES["page"](runs, "Meadow", "2025Q4", Findings([*signals, *counted]))
    publish()
    for unit, found, folded in (("harbour", counted, 2), ("meadow", [*signals, *counted], 9)):
        page = (workspace.current().site / f"reviews/2025Q4/{unit}/journey.html").read_text("utf-8")
        more = page[page.index(f'<details class="cx-more"><summary>Further findings: {folded}</summary>') :]
        assert "Signal" not in more[: more.index("Definitions")]
        assert all(each.headline in page for each in found)


def test_every_finding_and_figure_names_run_tables_and_definition(runs):
    SAMPLES["page"](runs, "all", "2025Q4")
    publish()
    place, run = "reviews/2025Q4/all/journey.html", SAMPLES["manifest"]("all", "2025Q4")["run_id"]
    sources = re.findall(
        r'<details class="cx-source">(.*?)</details>', (workspace.current().site / place).read_text("utf-8")
    )
    assert len(sources) == 4
    for source in sources:
        assert f"about-this-run.html#run-{run}" in source
        assert tables.table_hash("cases")[:8] in source and tables.table_hash("steps")[:8] in source
    assert sum("glossary.html#kpi-" in source for source in sources) == 2
    assert sum('"#definitions"' in source for source in sources) == 2
    about = text("about-this-run.html")
    hashes = SAMPLES["manifest"]("all", "2025Q4")["hashes"]
    assert all(
        whole in about for whole in (hashes["notebook"], hashes["code"], *hashes["params"].values(), "3.11", run)
    )
    assert tables.table_hash("cases") in about and "handoff_latency v1" in about


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
    why = "the table cases and the table steps have changed since"
    assert report.not_published == {f"out of date, {why}": ("Journey: Harbour, 2025Q4",)}
    assert not (report.site / "reviews" / "2025Q4" / "harbour").exists()
    assert f"out of date: {why} 1 page: Journey: Harbour, 2025Q4" in text("index.html")
    assert "cxops run , then cxops publish" in text("index.html")


@pytest.mark.parametrize("file", ["params/kpis.yml", "params/journey.yml", "notebooks/10_journey.ipynb"])
def test_no_number_stands_under_a_definition_or_parameter_it_was_not_made_with(runs, file):
    """The analyst's path: change a file, run one unit, publish; the others are named, in one line."""
    for unit in ("all", "Harbour", "Meadow"):
        SAMPLES["page"](runs, unit, "2025Q3")
    changed = workspace.current().home / file
    changed.write_text(changed.read_text("utf-8").replace("version: 1", "version: 2") + "\n", "utf-8")
    with pytest.raises(PublishError, match=f"`cxops run --quarter 2025Q3`.*: 3 out of date: {file} has changed since"):
        publish()
    SAMPLES["page"](runs, "Harbour", "2025Q3")
    report = publish()
    assert report.published == ("Journey: Harbour, 2025Q3",)
    lines = [line for line in str(report).splitlines() if "Not published" in line]
    assert lines == [f"Not published, out of date, {file} has changed since: 2 pages"]
    assert str(report).endswith("To make them anew: cxops run --quarter 2025Q3, then cxops publish")
    assert "Not looked at: 2 pages of 3" in text("index.html")
    shown = 2 if file == "params/kpis.yml" else 1
    assert f"Handoff latency v{shown}" in text("reviews/2025Q3/harbour/journey.html")


def test_a_comparison_that_the_headline_makes_is_not_repeated(runs):
    told = Finding("t.x", "Twice as long as All Other pairs", 2.0, "times", Verdict.SIGNAL, "ping_pong")
    SAMPLES["page"](runs, "all", "2025Q4", Findings([replace(told, comparison="all other pairs")]))
    publish()
    assert "against" not in text("reviews/2025Q4/all/journey.html")


def test_what_is_counted_is_not_compared(runs):
    told = Finding("t.x", "Half took 2 hours", 2.0, "hours", Verdict.COUNT, "ping_pong", comparison="1 hour elsewhere")
    SAMPLES["page"](runs, "all", "2025Q4", Findings([told]))
    publish()
    assert "against" not in text("reviews/2025Q4/all/journey.html")


def test_a_real_site_does_not_give_way_to_a_synthetic_one(runs):
    SAMPLES["page"](runs, "all", "2025Q4")
    publish()
    SAMPLES["write_tables"](1, synthetic=False, title="The real thing")
    SAMPLES["page"](runs, "all", "2025Q4")
    real = publish().site
    before = {file: file.read_bytes() for file in real.rglob("*") if file.is_file()}
    SAMPLES["write_tables"](1)
    SAMPLES["page"](runs, "all", "2025Q4")
    with pytest.raises(PublishError, match=r"shows 'The real thing'; .*: CXOPS_SITE=\S+/site cxops publish") as refused:
        publish()
    assert {file: file.read_bytes() for file in real.rglob("*") if file.is_file()} == before
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("CXOPS_SITE", re.search(r"CXOPS_SITE=(\S+)", str(refused.value))[1])
        assert publish().site != real


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
        names = re.search(rf"failed: {shown} \d pages?: ([^.]*?)(?: failed|To make)", text("index.html"))[1]
        assert f"Journey: {unit}, 2025Q4" in names
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
    SAMPLES["page"](runs, "Überlingen ☂", "2025Q4")
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
