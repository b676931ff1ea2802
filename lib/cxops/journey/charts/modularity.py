"""Modules: the design structure matrix in the order of modules, what crosses between them, how changes stay within."""

import pandas as pd

from cxops import theme

MOST = 12
NO_PAIR = "No evidence: no two different activities follow each other here, so there is no structure to show."
NO_CHANGES = "No evidence: the register `changes` holds nothing for this unit and quarter."


def structure_matrix(frame: pd.DataFrame, *, width: int) -> theme.Chart:
    """Who depends on whom: a row depends on a column; the number is the share of its work that directly follows."""
    if frame.empty:
        return theme.message(NO_PAIR, width=width)
    heading = theme.title(
        _heading(frame),
        "Row depends on column: per cent of its work that directly follows. 0: changed together.",
        width,
    )
    return theme.matrix(frame, row="row", column="column", value="value", heading=heading, width=width)


def structure_matrix_figure(couplings: pd.DataFrame, modules: pd.DataFrame, *, propagation_cost: float) -> theme.Figure:
    """The design structure matrix, ordered by module, with the propagation cost in words."""
    cells = _cells(couplings, modules)
    if cells.empty:
        return theme.figure(structure_matrix, cells, caption=NO_PAIR, alt=NO_PAIR)
    count, size = modules["module"].nunique(), len(modules)
    module = modules.set_index("activity")["module"]
    linked = couplings[couplings["is_dependency"]]
    links, across = len(linked), int((linked["from_activity"].map(module) != linked["to_activity"].map(module)).sum())
    cut = f" Shown: the {MOST} activities with the heaviest couplings." if size > MOST else ""
    caption = (
        f"{size} activities in {count} {'module' if count == 1 else 'modules'}; the number before a name is its "
        f"module. {links} dependencies, {across} of them between modules. A change to one activity may reach "
        f"{theme.percent(propagation_cost, 0)} of all, itself included, on average (propagation cost).{cut}"
    )
    alt_text = f"Matrix of dependencies between activities. {caption}"
    return theme.figure(structure_matrix, cells, caption=caption, alt=alt_text, kpis=("propagation_cost",))


def couplings_table(breaks: pd.DataFrame, rows: int) -> theme.Table:
    """Dependencies between modules, by what breaking one alone would take off the propagation cost."""
    shown = breaks.head(rows)
    if shown.empty:
        nothing = pd.DataFrame({"evidence": ["No dependency crosses from one module to another."]})
        return theme.table(nothing, caption="Couplings to break", columns={"evidence": "Evidence"})
    shown = shown.assign(
        name=shown["to_activity"] + " depends on " + shown["from_activity"],
        saved_share=shown["cost_saved"],
        between=shown["from_module"] + " → " + shown["to_module"],
    )
    return theme.table(
        shown,
        caption=f"Couplings between modules, those whose breaking helps most first: {len(shown)} of {len(breaks)}",
        columns={
            "name": "Coupling",
            "between": "Between",
            "changes_together": "Changed together, times",
            "transitions": "Follow each other, times",
            "saved_share": "Off the propagation cost",
        },
        decimals={"changes_together": 0, "transitions": 0, "saved_share": 1},
        kpis=("propagation_cost",),
        is_folded=True,
    )


def confinement_table(confinement: pd.DataFrame, *, alpha: float) -> theme.Table:
    """How many changes stayed within a module, and what the others cost in tests."""
    if confinement.empty:
        nothing = pd.DataFrame({"evidence": [NO_CHANGES]})
        return theme.table(nothing, caption="Changes within one module", columns={"evidence": "Evidence"})
    row = confinement.iloc[0]
    differs = "cannot be told" if not row["tests_p_value"] <= alpha else "differ by more than noise"
    shown = pd.DataFrame(
        [
            {
                "changes": f"{theme.number(float(row['confined']))} of {theme.number(float(row['changes']))}",
                "share": theme.estimated(row["confined_share"], row["confined_low"], row["confined_high"]),
                "inside": theme.number(float(row["tests_confined"]), 1),
                "other": theme.number(float(row["tests_other"]), 1),
                "fewer": theme.number(float(row["tests_fewer"]), 1),
                "verdict": differs,
            }
        ]
    )
    return theme.table(
        shown,
        caption="Changes that stayed within one module, and the tests that changes took",
        columns={
            "changes": "Changes within one module",
            "share": "In per cent",
            "inside": "Tests each, within",
            "other": "Tests each, others",
            "fewer": "Tests fewer, within, at as many activities",
            "verdict": "Verdict on tests fewer",
        },
        kpis=("confined_changes_share",),
    )


def _heading(cells: pd.DataFrame) -> str:
    top = cells.sort_values("value", ascending=False, kind="stable").iloc[0]
    plain = [str(top[end]).split(" ", 1)[1] for end in ("row", "column")]
    return f"The closest coupling: {theme.number(float(top['value']))} % of {plain[0]} directly follows {plain[1]}"


def _cells(couplings: pd.DataFrame, modules: pd.DataFrame) -> pd.DataFrame:
    """One cell per dependency, and one without a number per activity, so that names stand in the order of modules."""
    if couplings.empty:
        return pd.DataFrame(columns=["row", "column", "value"])
    weight = pd.concat(
        [couplings.groupby(end)["weight"].sum() for end in ("from_activity", "to_activity")], axis=1
    ).sum(axis=1)
    kept = set(weight.sort_values(ascending=False, kind="stable").index[:MOST])
    number = modules["module"].str.split().str[-1] + " " + modules["activity"]
    name = dict(zip(modules["activity"], number, strict=True))
    order = [each for each in modules["activity"] if each in kept]
    rows = couplings[couplings["is_dependency"]]
    rows = rows[rows["from_activity"].isin(kept) & rows["to_activity"].isin(kept)]
    cells = rows.assign(row=rows["to_activity"].map(name), column=rows["from_activity"].map(name))
    cells["value"] = cells["share"] * 100
    own = pd.DataFrame(
        {"row": [name[each] for each in order], "column": [name[each] for each in order], "value": float("nan")}
    )
    both = pd.concat([own, cells[["row", "column", "value"]]], ignore_index=True)
    rank = {name[each]: at for at, each in enumerate(order)}
    return both.sort_values(["row", "column"], key=lambda ends: ends.map(rank), ignore_index=True)
