"""The parameters of the journey's pages: what they have in common is declared once, and their files are checked."""

import shutil

import pytest
from cxops import params, workspace
from cxops.errors import ParameterError
from cxops.journey.schema import JourneyParameters, PromisesParameters, RedesignParameters, ValueStreamParameters

PAGES = [JourneyParameters, PromisesParameters, RedesignParameters, ValueStreamParameters]
COMMON = ["minimum_count", "alpha", "material_ratio", "resamples", "rows_shown", "seed"]


@pytest.mark.parametrize("name", COMMON)
def test_a_field_that_several_pages_take_is_the_same_in_all(name):
    """Bounds, type and words; two of the fields every page takes, the others at least two do."""
    fields = [page.model_fields[name] for page in PAGES if name in page.model_fields]
    assert len(fields) >= (4 if name in ("minimum_count", "alpha") else 2)
    assert len({(str(each.annotation), str(each.metadata), each.description) for each in fields}) == 1
    assert all(each.is_required() for each in fields)


@pytest.mark.parametrize("page", PAGES)
def test_the_shipped_files_hold_and_a_yes_is_no_number(page):
    given = params.resolve(page)
    for name in set(COMMON) & set(page.model_fields):
        with pytest.raises(ParameterError, match=f"{name}: input should be a number, not yes or no"):
            params.resolve(page, **{name: True})
    assert 2 <= given.minimum_count <= 1000


def test_a_scope_of_a_kpi_that_there_is_not_is_found_by_the_check(tmp_path, monkeypatch):
    shutil.copytree(workspace.PROJECT / "params", tmp_path / "params")
    monkeypatch.setenv("CXOPS_HOME", str(tmp_path))
    PromisesParameters.check_files()
    file = tmp_path / "params" / "promises.yml"
    file.write_text(file.read_text("utf-8").replace("  csat: journey", "  csta: journey"), "utf-8")
    with pytest.raises(ParameterError, match=r"kpis.yml: got csta \(promises.yml\)"):
        PromisesParameters.check_files()
