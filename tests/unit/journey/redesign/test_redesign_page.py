"""The redesign page's figures, tables, findings and parameters: what they say, and what they say of nothing."""

import ibis
import pandas as pd
import pytest
from cxops import demo, journey, kpis, params, tables, theme
from cxops.errors import ParameterError
from cxops.findings import Verdict
from cxops.journey import charts
from cxops.journey.findings import redesign
from cxops.journey.log.times import times_by_case
from cxops.journey.redesign.rehearsal import pod_rehearsal, rehearsal
from cxops.journey.redesign.skill_cover import needed_skills, pod_members, skill_cover
from cxops.journey.redesign.time_study import minutes_by_class, rekeyed, time_study, waste_by_step
from cxops.journey.schema import RedesignParameters
from cxops.journey.schema.redesign import TESTS

HOSTILE = '<script>alert("1")</script>'
NOTHING = "No evidence"


@pytest.fixture(scope="module")
def given() -> RedesignParameters:
    return params.resolve(RedesignParameters, replications=100)


@pytest.fixture(scope="module")
def made() -> dict[str, pd.DataFrame]:
    return demo.organisation(1500, 7)


class Page:
    """Every measure of the page, from tables as frames."""

    def __init__(self, made: dict[str, pd.DataFrame], given: RedesignParameters):
        steps, cases = ibis.memtable(made["steps"]), ibis.memtable(made["cases"])
        done, least = journey.work(steps), given.minimum_count
        self.traffic, self.kinds = journey.traffic(done).execute(), journey.work_by_kind(done).execute()
        self.pods = journey.pods(self.traffic, self.kinds, count=given.pod_count)
        needed = needed_skills(self.pods)
        self.cover = skill_cover(needed, pod_members(needed, made["skills"]), made["skills"])
        both = rehearsal(done.execute(), self.pods, latency_kept_share=given.latency_kept_share)
        self.rehearsed = pod_rehearsal(both, **given.chance)
        half = rehearsal(done.execute(), self.pods, latency_kept_share=given.latency_kept_cautious_share)
        self.cautious = pod_rehearsal(half, **given.chance)
        self.crossing = journey.crossing(self.traffic, self.pods)
        self.since = journey.pods_since(done, cases, made["pods"], minimum_count=least)
        self.loops = journey.loops(steps).execute()
        self.by_loop = journey.loops_by_kind(self.loops, cases=len(cases.execute()), minimum_count=least)
        self.decisions = journey.decisions(self.loops, minimum_count=least, **given.decision)
        self.moved = journey.decision_rehearsal(
            journey.loops_of(self.loops, self.decisions),
            times_by_case(steps).execute(),
            rework_hours=given.rework_hours,
            **given.chance,
        )
        paths = journey.stage_paths(steps, cases, departments={"Front desk": "Service", "Specialists": "Service"})
        self.paths = journey.paths_taken(paths, minimum_count=least).execute()
        self.ranked = journey.rights_to_grant(
            journey.escalations(paths).execute(), made["decision_rights"], {}, minimum_count=least
        )
        self.touched = journey.changed_activities(made["changes"])
        self.coupled = journey.couplings(self.traffic, self.touched, **given.dependence)
        self.modules = journey.modules(self.coupled, count=given.module_count)
        self.cost = journey.propagation_cost(journey.structure_matrix(self.coupled))
        self.confined = journey.confinement(self.touched, self.modules)
        observed = made["time_studies"]
        self.minutes, self.waste = minutes_by_class(observed), waste_by_step(observed, minimum_count=least)
        self.study = time_study(observed, allowance_share=0.1, error=0.05, minimum_count=least)
        self.rekeyed = rekeyed(observed, minimum_count=least)
        entries = ibis.memtable(made["field_entries"])
        self.again = journey.reentries(entries, within_hours=72, minimum_count=least).execute()

    def shown(self, given: RedesignParameters) -> dict[str, theme.Figure | theme.Table]:
        rows, least, level = given.rows_shown, given.minimum_count, given.level
        return {
            "work": charts.work_table(self.kinds, rows, minimum_count=least),
            "pods": charts.pods_table(self.pods, rows, minimum_count=least),
            "cover": charts.skill_cover_table(self.cover, rows, of="the pods above"),
            "rehearsal": charts.pod_rehearsal_figure(self.rehearsed, self.cautious, self.crossing),
            "rehearsal table": charts.pod_rehearsal_table(self.rehearsed, self.cautious),
            "since": charts.pods_since_table(self.since, alpha=level),
            "loops": charts.loops_figure(self.by_loop),
            "decisions": charts.decisions_table(self.decisions, rows, alpha=level, error_share=given.error_share),
            "moved": charts.decision_rehearsal_figure(self.moved, self.decisions, rework_hours=given.rework_hours),
            "rights": charts.rights_figure(self.ranked),
            "rights table": charts.rights_table(self.ranked, rows),
            "paths": charts.paths_table(self.paths, rows),
            "matrix": charts.structure_matrix_figure(self.coupled, self.modules, propagation_cost=self.cost),
            "couplings": charts.couplings_table(journey.couplings_to_break(self.coupled, self.modules), rows),
            "confinement": charts.confinement_table(self.confined, alpha=level),
            "minutes": charts.minutes_figure(self.minutes),
            "waste": charts.waste_table(self.waste, rows),
            "study": charts.time_study_table(self.study, rows, error=0.05),
            "rekeyed": charts.rekeyed_table(self.rekeyed, rows),
            "again": charts.reentries_table(self.again, rows),
        }

    def findings(self, given: RedesignParameters):
        return redesign.redesign_findings(
            redesign.pod_findings(self.rehearsed, self.cautious, self.pods, self.since, self.cover, alpha=given.level),
            redesign.decision_findings(self.decisions, self.ranked, alpha=given.level, **given.decision),
            redesign.module_findings(self.confined, self.cost, alpha=given.level),
            redesign.study_findings(self.minutes, self.waste, self.again),
        )


@pytest.fixture(scope="module")
def page(made, given) -> Page:
    return Page(made, given)


@pytest.fixture(scope="module")
def empty(made, given) -> Page:
    return Page({name: frame.iloc[:0] for name, frame in made.items()}, given)


def test_every_figure_and_table_shows_something(page, given):
    for name, each in page.shown(given).items():
        text = each._repr_mimebundle_()["text/plain"]
        assert NOTHING not in text, name
        assert "nan" not in text.lower().split(), name  # a gap in a count is <NA>, and shown as a dash


def test_every_figure_says_its_finding_with_numbers(page, given):
    figures = {name: each for name, each in page.shown(given).items() if isinstance(each, theme.Figure)}
    assert len(figures) == 6
    for name, each in figures.items():
        assert any(letter.isdigit() for letter in each.caption), name
        assert each.alt != each.caption
        assert set(each.kpis) <= set(kpis.catalogue()), name


def test_of_nothing_they_say_what_is_missing(empty, given):
    for name, each in empty.shown(given).items():
        text = each._repr_mimebundle_()["text/plain"]
        assert any(word in text for word in (NOTHING, "No case", "No dependency")), name
    findings = empty.findings(given)
    assert {each.verdict for each in findings} == {Verdict.UNKNOWN}
    assert len(findings) == 3  # pods, decisions and rights; registers that are not kept say nothing
    assert "<svg" in empty.shown(given)["rehearsal"].html


def test_findings_follow_definitions_and_stand_in_order(page, given):
    findings = page.findings(given)
    assert {each.kpi for each in findings} <= set(kpis.catalogue())
    by_key = {each.key: each for each in findings}
    saved = -page.cautious["latency_hours"].iloc[2]
    assert by_key["journey.pods"].value == pytest.approx(saved)
    assert by_key["journey.pods"].low <= saved <= by_key["journey.pods"].high
    assert by_key["journey.right_to_grant"].value == page.ranked["hours_saved"].iloc[0]
    signals = [each.weight for each in findings.signals]
    assert signals == sorted(signals, reverse=True)


def test_a_pod_finding_that_is_noise_has_nothing_at_stake(page, given):
    noise = page.cautious.assign(latency_p_value=0.5)
    nothing = (page.since.iloc[:0], page.cover.iloc[:0])
    found = redesign.pod_findings(page.rehearsed, noise, page.pods, *nothing, alpha=given.level)
    assert found[0].verdict is Verdict.NOISE
    assert found[0].weight == 0


def test_what_is_rehearsed_commands_nothing(page, given):
    decisions = page.decisions.head(1).assign(net_p_value=0.0, net_hours_total=241.0)
    for p_value in (0.0, 1.0):
        ranked = page.ranked.assign(p_value=p_value)
        found = redesign.decision_findings(decisions, ranked, alpha=given.level, **given.decision)
        assert found[0].verdict is Verdict.REHEARSAL and found[0].headline.startswith("If ")
        assert "241 hours in all would be saved" in found[0].headline
        assert "hours of waiting would be saved" in found[1].headline
        assert not any(word in each.headline for each in found for word in ("Let ", "let "))


def test_pods_that_lack_nothing_are_well(page, given):
    full = page.cover.assign(is_gap=False)
    found = redesign.pod_findings(page.rehearsed, page.cautious, page.pods, page.since, full.head(1), alpha=given.level)
    assert found[-1].key == "journey.pod_gaps" and found[-1].is_well


def test_names_from_data_cannot_become_markup(made, given):
    spoilt = dict(made)
    for name, columns in {
        "steps": ["activity", "team", "stage"],
        "skills": ["activity"],
        "changes": ["activities"],
        "time_studies": ["step_id"],
        "field_entries": ["field"],
    }.items():
        frame = made[name].copy()
        for column in columns:
            frame[column] = frame[column].astype(str) + HOSTILE.replace(";", "")
        spoilt[name] = frame
    spoilt["cases"] = made["cases"].assign(reason=HOSTILE)
    page = Page(spoilt, given)
    for name, each in page.shown(given).items():
        assert "<script" not in each._repr_mimebundle_()["text/html"], name
    assert "<script" not in page.findings(given)._repr_mimebundle_()["text/html"]


def test_nothing_names_a_person(page, made, given):
    agents = set(made["skills"]["agent"]) | set(made["steps"]["agent"].dropna())
    for name, each in page.shown(given).items():
        words = set(each._repr_mimebundle_()["text/html"].replace("<", " ").replace(">", " ").split())
        assert not words & agents, name


MEASURES = {
    "work": journey.work,
    "traffic": lambda steps: journey.traffic(journey.work(steps)),
    "work_by_kind": lambda steps: journey.work_by_kind(journey.work(steps)),
    "loops": journey.loops,
}


@pytest.mark.parametrize("name", sorted(MEASURES))
def test_sqlite_gives_what_duckdb_gives(name, check_same):
    check_same(lambda tables: MEASURES[name](tables["steps"]), in_order=False)


def test_tests_share_alpha(given):
    assert given.level * len(TESTS) == pytest.approx(given.alpha)
    assert given.limits["alpha"] == given.level


@pytest.mark.parametrize(
    ("wrong", "said"),
    [({"error_share": 1.2}, "error_share"), ({"rework_hours": 0}, "rework_hours"), ({"pod_count": 0}, "pod_count")],
)
def test_parameters_out_of_bounds_stop_before_any_work(wrong, said):
    with pytest.raises(ParameterError, match=said):
        params.resolve(RedesignParameters, **wrong)


def test_registers_of_the_page_are_tables():
    assert {"skills", "pods", "decision_rights", "changes", "time_studies", "field_entries"} <= set(tables.CONTRACTS)


def test_pods_of_kinds_that_few_cases_had_are_not_named():
    kinds = {"pod": [1, 2], "activity": ["Open", "Close"], "team": "Desk", "cases": [4, 4], "work_hours_total": 1.0}
    few = pd.DataFrame(kinds)
    assert "No kind of work was done in 5 cases" in charts.pods_table(few, 5, minimum_count=5).html
    shown = charts.pods_table(few.assign(cases=[5, 4]), 5, minimum_count=5).frame
    assert len(shown) == 1 and "Close" not in shown.to_string()


def test_a_name_with_a_comma_is_one_name():
    teams = [f"Desk {at}, evening shift" for at in range(7)]
    pods = pd.DataFrame({"pod": "P1", "team": teams, "activity": "Check", "cases": 9, "work_hours_total": 1.0})
    shown = charts.pods_table(pods, 5, minimum_count=5).frame["teams"].item()
    assert shown == ", ".join(teams[:6]) + " and 1 more"
    assert charts.pods_table(pods.head(6), 5, minimum_count=5).frame["teams"].item() == ", ".join(teams[:6])


def test_what_pods_save_is_a_range_and_its_cautious_end_is_the_number(page, given):
    most, least = (-each["latency_hours"].iloc[2] for each in (page.rehearsed, page.cautious))
    assert 0 < least < most and given.latency_kept_cautious_share == 0.5
    found = {each.key: each for each in page.findings(given)}["journey.pods"]
    figure = page.shown(given)["rehearsal"]
    assert found.value == pytest.approx(least)
    for said in (found.headline, figure.caption):
        assert f"{least:.1f} hours" in said and f"{most:.1f} hours" in said
    assert "50 % stays" in figure.wide and "none stays" in figure.wide and "a range, no promise" in figure.caption
