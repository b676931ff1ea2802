"""The journey map as a file: what is refused and in which words, what saving keeps, which version is in force."""

from datetime import date
from pathlib import Path

import pytest
import yaml
from cxops import journey, params, tables, workspace
from cxops.errors import ParameterError
from cxops.journey.schema import maps
from cxops.journey.walked.map_changes import map_changes
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

SHIPPED = sorted((workspace.PROJECT / "params" / "journeys").rglob("*.yml"))

GOOD = """\
# Why the map is as it is.
title: Help
version: 1
effective_on: 2025-01-01
calendars:
  desk: {timezone: Europe/Berlin, hours: {Mon: 08:00-20:00}}   # only Mondays
owners:
  - {id: ann, role: Head of intake}
  # Ben stands in for Ann.
  - {id: ben, role: Head of repair, answers_to: ann}
stages:
  - name: Intake
    phase: Onboarding
    owner: ann
    sla: {target: 4, unit: hours, calendar: desk, basis: customer}
    steps:
      - {id: register, touchpoint: First contact, activities: [Register]}
  - name: Repair
    phase: Support
    steps:
      - {id: mend, touchpoint: "Solution: done", activities: [Mend]}   # by whoever is there
transitions:
  - {from_stage: Intake, to_stage: Repair, accepting_team: Workshop}
# The end.
"""


def read(text: str) -> maps.JourneyMap:
    return params.check(maps.JourneyMap, params.parsed(text, "help.yml"), "help.yml")


@pytest.fixture
def folder(tmp_path, monkeypatch) -> Path:
    """`params/journeys/` of a project of its own."""
    for name in ("CXOPS_HOME", "CXOPS_DATA"):
        monkeypatch.setenv(name, str(tmp_path))
    place = tmp_path / "params" / "journeys"
    place.mkdir(parents=True)
    (place.parent / "kpis.yml").write_text("kpis: []\n", "utf-8")
    return place


@pytest.mark.parametrize(
    ("before", "after", "said"),
    [
        (
            "name: Repair",
            "name: Intake",
            "stages[Intake].name: a stage must stand once, and this one stands 2 times: got",
        ),
        (
            "to_stage: Repair",
            "to_stage: Moon",
            "transitions[Intake, Moon].to_stage: must be a stage of the map: got 'Moon'; allowed: ",
        ),
        ("role: Head of intake}", "role: X, answers_to: ben}", "must not answer to each other in a circle: got ann →"),
        (
            "answers_to: ann",
            "answers_to: cy",
            "owners[ben].answers_to: must be an owner of the map: got 'cy'; allowed: ann",
        ),
        ("unit: hours", "unit: fortnights", "sla.unit: input should be 'minutes', 'hours' or 'days': got 'fortnights'"),
        ("hours: {Mon: 08:00-20:00}", "hours: {}", "calendars.desk.hours: a calendar must open on some day"),
        ("Mon: 08:00-20:00", "Mon: 8 to 8", "must be written like 08:00-12:00, 13:00-17:00: got '8 to 8' for Mon"),
        ("Mon: 08:00-20:00", "Mon: 08:00-25:00", "got '08:00-25:00' for Mon"),
        ("Mon: 08:00-20:00", "Mon: 08:00-08:00", "got '08:00-08:00' for Mon"),
        ("Mon: 08:00-20:00", "Someday: 08:00-20:00", "input should be 'Mon', 'Tue'"),
        ("Europe/Berlin", "Europe/Atlantis", "calendars.desk.timezone: a time zone must be one of the IANA database"),
        (
            "calendar: desk",
            "calendar: shop",
            "stages[Intake].sla.calendar: must be a calendar of the map: got 'shop'; allowed: ",
        ),
        ("owner: ann", "owner: [ann, ben]", "stages[Intake].owner: must be one, not a list of 2: got ['ann', 'ben']"),
        ("owner: ann", "owner: cy", "stages[Intake].owner: must be an owner of the map: got 'cy'; allowed: ann"),
        (
            "accepting_team: Workshop",
            "accepting_team: [A, B]",
            "transitions[Intake, Repair].accepting_team: must be one, not a list",
        ),
        ("activities: [Mend]", "activities: [Register]", "must belong to one stage, and this one stands in Intake and"),
        ("id: mend", "id: register", "a step's id must stand once, and this one stands 2 times: got 'register'"),
        ("id: ben", "id: ann", "owners[ann].id: an owner must stand once"),
        ("title: Help", "title: Help\ntitle: Again", "key given twice: title"),
        ("title: Help", "titel: Help", "titel is not a parameter: got 'Help'; did you mean title?"),
        ("title: Help", "title: Help\nignored: [Mend]", "ignored: an activity must not be both ignored and part of"),
        ("phase: Support", "phase: Sales", "stages[Repair].phase: input should be 'Awareness'"),
        ("target: 4", "target: 0", "stages[Intake].sla.target: input should be greater than 0: got 0"),
        (
            "target: 4",
            "target: 1.0e+300",
            "stages[Intake].sla.target: a promise must be kept within 10 years: got 1e+300",
        ),
        ("target: 4", "target: true", "stages[Intake].sla.target: input should be a number, not yes or no"),
        (
            "name: Repair",
            "name: ' intake'",
            "a stage's name must differ from 'Intake' by more than capitals and blanks: got ' intake'",
        ),
        ("version: 1", "version: yes", "version: input should be a number, not yes or no"),
        (
            "stages:",
            "raci:\n  - {role: A, raci: R}\nstages:",
            "exactly one role must be accountable (A) for the journey",
        ),
    ],
)
def test_a_wrong_map_is_refused_in_words_that_say_file_key_and_value(folder, before, after, said):
    assert before in GOOD
    (folder / "help.yml").write_text(GOOD.replace(before, after, 1), "utf-8")
    with pytest.raises(ParameterError) as raised:
        maps.journey_map("help")
    assert said in str(raised.value)
    assert "help.yml" in str(raised.value)


@pytest.mark.parametrize(
    ("before", "after", "said"),
    [
        ("Mon: 08:00-20:00", "Mon: '08:00-12:00, 11:00-20:00'", "calendars.service_desk.hours: opening hours of a day"),
        ("Mon: 08:00-18:00", "Sun: '22:00-04:00', Mon: 03:00-18:00", "must not overlap: those of Mon do"),
        (
            "churn_risk >= 0.3",
            "churn_rsk >= 0.3",
            "decision_points[Customer at risk].condition: a condition may use the",
        ),
        ("churn_risk >= 0.3", "churn_risk >=", "decision_points[Customer at risk].condition: a condition must consist"),
        ("churn_risk >= 0.3", "churn_risk >= 'x'", "churn_risk is a number, which 'x' is not"),
        (
            "[reason, priority]",
            "[reasn]",
            "transitions[Diagnosis, Resolution].required_fields: must be a column of cases",
        ),
        ("accepting_team: Back", "accepting_team: Bark", "must be a team named under `departments`: got 'Bark office'"),
        (
            "team: Back office",
            "team: Bark office",
            "stages[Resolution].steps[resolve].team: must be a team named under",
        ),
        ("department: Operations", "department: Ops", "owners[resolution_lead].department: must be a department named"),
        ("kpis: [csat]", "kpis: [csta]", "owners[retention_lead].kpis: must be a KPI of params/kpis.yml: got 'csta'"),
        (
            "pauses: [Wait for customer]",
            "pauses: [Wait]",
            "stages[Identity check].sla.pauses: must be an activity of a",
        ),
        (
            "to_stage: Confirmation",
            "to_stage: Resolution",
            "transitions[Resolution, Resolution].to_stage: a transition",
        ),
        ("unit: days", "unit: moons", "stages[Resolution].sla.unit: input should be 'minutes', 'hours' or 'days'"),
        ("name: Diagnosis", "name: Intake", "stages[Intake].name: a stage must stand once"),
        (
            "to_stage: Confirmation",
            "to_stage: Moon",
            "transitions[Resolution, Moon].to_stage: must be a stage of the map",
        ),
        ("owners:", "owners:\n  - {id: x, role: X, answers_to: x}", "owners[x].answers_to: owners must not answer to"),
    ],
)
def test_cxops_check_names_each_fault_planted_in_the_shipped_map(folder, before, after, said):
    """Before any work: a condition or a calendar is refused by the code that would follow it on the page."""
    shipped = (workspace.PROJECT / "params" / "journeys" / "service.yml").read_text("utf-8")
    (folder.parent / "kpis.yml").write_bytes((workspace.PROJECT / "params" / "kpis.yml").read_bytes())
    (folder / "service.yml").write_text(shipped, "utf-8")
    maps.MapPageParameters.check_files()
    assert before in shipped
    (folder / "service.yml").write_text(shipped.replace(before, after, 1), "utf-8")
    with pytest.raises(ParameterError, match="service.yml") as raised:
        maps.MapPageParameters.check_files()
    assert said in str(raised.value)


FAULTY = (
    GOOD.replace("unit: hours", "unit: moons", 1)
    .replace("phase: Support", "phaze: Support")
    .replace("to_stage: Repair", "to_stage: Moon")
    .replace("answers_to: ann", "answers_to: ben")
    .replace("Mon: 08:00-20:00", "Mon: '08:00-12:00, 11:00-13:00'")
    .replace("id: mend", "id: register")
)


def test_a_fault_in_one_part_hides_no_other():
    """Four parts that cannot be read beside three contradictions: each stands on its line, and nothing else does."""
    with pytest.raises(ParameterError) as raised:
        read(FAULTY)
    first, *said = str(raised.value).splitlines()
    assert first == "help.yml has 7 faults:"
    assert [each.split(": ")[0] for each in said] == [
        "- calendars.desk.hours",
        "- stages[Intake].sla.unit",
        "- stages[Repair].phase must be given",
        "- stages[Repair].phaze is not a parameter",
        "- steps[register].id",
        "- owners[ben].answers_to",
        "- transitions[Intake, Moon].to_stage",
    ]


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("name: Repair", "nmae: Repair"),
        ("stages:", "stages: 3\nstagez:"),
        ("id: ann,", "idd: ann,"),
        ("title", "titel"),
    ],
)
def test_what_cannot_be_read_is_no_fault_of_what_refers_to_it(before, after):
    """A misspelt key gives its own two faults, and none for each transition or stage that names what stands there."""
    with pytest.raises(ParameterError, match="has 2 faults"):
        read(GOOD.replace(before, after, 1))


def test_a_map_without_a_stage_is_refused():
    with pytest.raises(ParameterError, match="a map must have a stage: got none"):
        read("title: Nothing\nversion: 1\neffective_on: 2025-01-01\nstages: []\n")


def test_of_a_map_that_names_no_departments_no_team_is_unknown():
    assert read(GOOD).transitions[0].accepting_team == "Workshop"
    with pytest.raises(
        ParameterError, match="accepting_team: must be a team named under `departments`: got 'Workshop'"
    ):
        read(GOOD.replace("calendars:", "departments: {Desk: Service}\ncalendars:"))


def test_a_transition_that_stands_twice_is_refused():
    again = GOOD.replace("# The end.", "  - {from_stage: Intake, to_stage: Repair}")
    with pytest.raises(ParameterError, match=r"transitions\[Intake, Repair\]: a transition must stand once"):
        read(again)


def test_c4_m1_b1_an_activity_of_two_steps_of_a_stage_is_refused():
    """The first would have all its events, and the second, required, would be missing in every case."""
    drawn = yaml.safe_load(GOOD)
    stage = drawn["stages"][0]
    stage["steps"] += [stage["steps"][0] | {"id": "again"}]
    with pytest.raises(
        ParameterError, match=r"stages\[Intake\].steps: .* stands in register and again: got 'Register'"
    ):
        read(yaml.safe_dump(drawn))


def test_a_promise_is_bounded_on_the_wall_whatever_its_calendar():
    """Of twelve opening hours a week ten years have 6,261."""
    hours = 10 * 8_766 * 12 / 168
    assert read(GOOD.replace("target: 4", f"target: {hours - 1:.0f}"))
    with pytest.raises(ParameterError, match="must be kept within 10 years"):
        read(GOOD.replace("target: 4", f"target: {hours + 1:.0f}"))


def test_an_activity_of_two_stages_is_allowed_where_the_log_decides():
    text = GOOD.replace("[Mend]", "[Register]") + "supporting: [Register]\n"
    assert read(text).activity_frame()["stage"].tolist() == ["Intake", "Repair"]


def test_a_map_that_is_not_there_names_those_that_are(folder):
    (folder / "help.yml").write_text(GOOD, "utf-8")
    with pytest.raises(ParameterError, match="the journey map must be one of help: got 'helpp'"):
        maps.journey_map("helpp")


def test_a_data_set_that_follows_no_map_has_one_without_stages():
    nothing = maps.journey_map(None)
    assert nothing.stages == ()
    assert maps.in_force(None, "2025Q1").stages == ()
    for name in ("stage", "step", "activity", "transition", "owner", "raci"):
        assert len(getattr(nothing, f"{name}_frame")()) == 0


@pytest.mark.parametrize("file", SHIPPED, ids=lambda file: f"{file.parent.name}-{file.stem}")
def test_a_shipped_map_is_the_same_text_after_loading_and_saving(file):
    """Byte for byte: comments, blank lines, order, quotes and the way a list is written."""
    text = file.read_text("utf-8")
    assert maps.text(read(text), text) == text


def test_every_shipped_map_and_earlier_version_is_without_fault():
    maps.check_all()
    assert {"service", "incidents"} <= set(maps.names())
    assert [each.version for each in maps.versions("service")] == [1, 2, 3]


def changed(**values) -> maps.JourneyMap:
    return params.check(maps.JourneyMap, read(GOOD).model_dump() | values, "a test")


def test_a_changed_value_changes_its_line_only():
    written = maps.text(changed(title="Better help"), GOOD)
    assert written == GOOD.replace("title: Help", "title: Better help")


def test_a_part_that_is_added_leaves_all_else_as_it_was():
    stages = [*read(GOOD).model_dump()["stages"], {"name": "Farewell", "phase": "Renewal"}]
    written = maps.text(changed(stages=stages), GOOD)
    assert [line for line in GOOD.splitlines() if line not in written.splitlines()] == []
    assert read(written).stages[-1].name == "Farewell"


def test_no_comment_is_lost_when_a_part_goes_or_moves():
    drawn = read(GOOD).model_dump()
    written = maps.text(changed(stages=drawn["stages"][:1], transitions=[], owners=drawn["owners"][::-1]), GOOD)
    for comment in ("Why the map is", "only Mondays", "Ben stands in", "by whoever is there", "The end."):
        assert written.count(comment) == 1, comment
    assert [each.id for each in read(written).owners] == ["ben", "ann"]


TEXTS = st.text(
    st.characters(exclude_categories=["Cs"], exclude_characters="\x00"), min_size=1, max_size=12
) | st.sampled_from(
    ["yes", "on", "null", "~", "1", "0x1f", "1e3", "12:30", "2025-01-01", "# no comment", "a: b", "- x", "'", '"', " "]
)


@st.composite
def drawn_maps(draw) -> maps.JourneyMap:
    """A map whose names are any text at all."""
    names = draw(st.lists(TEXTS, min_size=1, max_size=3, unique=True))
    phases = st.sampled_from(maps.PHASES)
    stages = [
        {
            "name": name,
            "phase": draw(phases),
            "optional": draw(st.booleans()),
            "steps": [
                {
                    "id": f"s{at}",
                    "touchpoint": draw(TEXTS),
                    "systems": draw(st.lists(TEXTS, max_size=2)),
                    "back_stage": draw(TEXTS),
                }
            ],
            "sla": draw(st.none() | st.just({"target": 1.5, "unit": "days", "basis": "history"})),
        }
        for at, name in enumerate(names)
    ]
    values = {
        "title": draw(TEXTS),
        "version": draw(st.integers(1, 99)),
        "effective_on": draw(st.dates(date(1990, 1, 1), date(2100, 1, 1))),
        "departments": draw(st.dictionaries(TEXTS, TEXTS, max_size=3)),
        "stages": stages,
    }
    return params.check(maps.JourneyMap, values, "a test")


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(drawn_maps(), drawn_maps())
def test_whatever_a_map_says_it_says_the_same_after_saving_over_any_other(first, second):
    alone = maps.text(first)
    assert read(alone) == first
    assert read(maps.text(second, alone)) == second
    assert maps.text(first, alone) == alone


def test_saving_replaces_the_file_and_keeps_its_comments(folder):
    (folder / "help.yml").write_text(GOOD, "utf-8")
    maps.save("help", changed(version=2))
    assert maps.journey_map("help").version == 2
    assert (folder / "help.yml").read_text("utf-8") == GOOD.replace("version: 1", "version: 2")


def keep(folder: Path, version: int, day: str, *, earlier: bool) -> None:
    place = folder / "earlier" / "help" if earlier else folder
    place.mkdir(parents=True, exist_ok=True)
    text = GOOD.replace("version: 1", f"version: {version}").replace("2025-01-01", day)
    (place / (f"{day}.yml" if earlier else "help.yml")).write_text(text, "utf-8")


@pytest.mark.parametrize(
    ("quarter", "version"), [("2024Q1", 1), ("2025Q1", 1), ("2025Q2", 1), ("2025Q3", 2), ("2026Q1", 2), ("all", 2)]
)
def test_the_version_in_force_is_that_of_the_first_day_of_the_quarter(folder, quarter, version):
    """Version 1 from 1 January, version 2 from 2 April 2025; before the first, the first."""
    keep(folder, 1, "2025-01-01", earlier=True)
    keep(folder, 2, "2025-04-02", earlier=False)
    assert maps.in_force("help", quarter).version == version
    assert maps.version_before("help", maps.in_force("help", quarter)).version == 1


@pytest.mark.parametrize(("version", "day"), [(2, "2024-01-01"), (1, "2025-09-01"), (3, "2026-01-01")])
def test_versions_must_take_effect_in_their_order_and_the_newest_be_the_map(folder, version, day):
    keep(folder, version, day, earlier=True)
    keep(folder, 2, "2025-04-02", earlier=False)
    with pytest.raises(ParameterError, match="version"):
        maps.versions("help")


def test_an_earlier_version_with_a_fault_is_found_by_the_check(folder):
    keep(folder, 2, "2025-04-02", earlier=False)
    keep(folder, 1, "2025-01-01", earlier=True)
    file = folder / "earlier" / "help" / "2025-01-01.yml"
    file.write_text(file.read_text("utf-8").replace("unit: hours", "unit: moons"), "utf-8")
    with pytest.raises(ParameterError, match=r"got 'moons'.*2025-01-01\.yml"):
        maps.MapPageParameters.check_files()


def test_a_source_names_the_map_of_the_data_folder_it_fills(tmp_path, monkeypatch):
    """The incident log follows the shipped map `incidents`; every activity of the sample is on it."""
    monkeypatch.setenv("CXOPS_DATA", str(tmp_path))
    tables.ingest("bpic2013", [workspace.PROJECT / "tests" / "samples" / "bpic2013.csv"])
    assert tables.dataset().journey_map == "incidents"
    drawn = maps.journey_map("incidents")
    placed = journey.placement(
        tables.read("steps"), drawn.stage_frame(), drawn.activity_frame(), supporting=drawn.supporting
    )
    assert set(placed.place.execute()) == {"placed", "supporting"}
    assert placed.filter(placed.stage != placed.log_stage).count().execute() == 0


def test_changes_between_quarters_are_sentences():
    before = read(GOOD).model_dump()
    after = yaml.safe_load(GOOD.replace("target: 4", "target: 2").replace("owner: ann", "owner: ben"))
    after["stages"].append({"name": "Farewell", "phase": "Renewal", "steps": [after["stages"][0]["steps"].pop()]})
    after["transitions"] = []
    changes = map_changes(before, params.check(maps.JourneyMap, after, "a test").model_dump())
    assert changes["sentence"].tolist() == [
        "Stage Intake: owner changed from ann to ben.",
        "Stage Intake: promise changed from 4 opening hours to 2 opening hours.",
        "Stage Farewell was added (Renewal).",
        "Step register moved from Intake to Farewell.",
        "Transition Intake to Repair was removed (Workshop).",
    ]
    assert changes["kind"].tolist() == ["stage", "stage", "stage", "step", "transition"]
    assert len(map_changes(before, before)) == 0


def test_stages_in_another_order_are_a_change():
    before = read(GOOD).model_dump()
    found = map_changes(before, before | {"stages": before["stages"][::-1]})
    assert found["sentence"].tolist() == ["Order of stages changed from Intake, Repair to Repair, Intake."]
