"""A definition is whole, has both owners and stands once."""

import pytest
import yaml
from cxops import kpis
from cxops.errors import ParameterError

WHOLE = {
    "id": "lead_time",
    "name": "Lead time",
    "meaning": "Time from first step to last.",
    "numerator": "hours",
    "unit": "hours",
    "direction": "lower is better",
    "owner_cx": "Head of customer experience",
    "owner_operations": "Head of operations",
    "source": "steps",
    "version": 1,
    "effective_on": "2024-01-01",
}


@pytest.fixture
def catalogue(tmp_path, monkeypatch):
    monkeypatch.setenv("CXOPS_HOME", str(tmp_path))
    monkeypatch.setenv("CXOPS_DATA", "data")
    (tmp_path / "params").mkdir()

    def written(*definitions):
        (tmp_path / "params" / "kpis.yml").write_text(yaml.safe_dump({"kpis": list(definitions)}), "utf-8")
        return kpis.catalogue()

    return written


def test_definitions_by_id_in_the_files_order(catalogue):
    found = catalogue(WHOLE | {"id": "b"}, WHOLE | {"id": "a"})
    assert list(found) == ["b", "a"]
    assert found["a"].denominator is None and found["a"].effective_on.isoformat() == "2024-01-01"


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"owner_cx": ""}, "kpis[lead_time].owner_cx"),
        ({"owner_operations": None}, "kpis[lead_time].owner_operations"),
        ({"direction": "up"}, "kpis[lead_time].direction"),
        ({"version": 0}, "kpis[lead_time].version"),
        ({"id": "Lead time"}, "kpis[Lead time].id"),
        ({"owner": "x"}, "kpis[lead_time].owner is not a parameter: got 'x'; did you mean owner_cx?"),
        ({"effective_on": "soon"}, "kpis[lead_time].effective_on"),
    ],
)
def test_a_definition_that_is_not_whole_is_named(catalogue, change, said):
    with pytest.raises(ParameterError) as raised:
        catalogue(WHOLE | change)
    assert said in str(raised.value) and "kpis.yml" in str(raised.value)


def test_each_key_must_be_given(catalogue):
    for key in WHOLE:
        with pytest.raises(ParameterError, match=rf"kpis\[.+\]\.{key} must be given"):
            catalogue({name: value for name, value in WHOLE.items() if name != key})


def test_an_id_that_stands_twice_is_an_error(catalogue):
    with pytest.raises(ParameterError, match="lead_time stands twice"):
        catalogue(WHOLE, WHOLE)


def test_the_projects_own_definitions_are_whole():
    found = kpis.catalogue()
    assert len({definition.name for definition in found.values()}) == len(found) > 0


def test_names_are_those_of_the_catalogue():
    assert kpis.names()["csat"] == kpis.catalogue()["csat"].name
