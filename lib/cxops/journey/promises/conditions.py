"""The language in which a decision point's condition is written: comparisons of fields, read and never run as code."""

import ast
from collections.abc import Callable, Collection
from operator import and_, eq, ge, gt, le, lt, ne, or_
from typing import Any

from ibis import ir

from cxops.errors import ParameterError

_COMPARES: dict[type[ast.cmpop], Callable[[Any, Any], Any]] = {
    ast.Eq: eq,
    ast.NotEq: ne,
    ast.Lt: lt,
    ast.LtE: le,
    ast.Gt: gt,
    ast.GtE: ge,
    ast.In: lambda value, listed: value.isin(listed),
    ast.NotIn: lambda value, listed: value.notin(listed),
}
_TURNED = {eq: eq, ne: ne, lt: gt, le: ge, gt: lt, ge: le}
_KINDS: dict[str, tuple[type, ...]] = {"text": (str,), "number": (int, float), "yes or no": (bool,)}
_LONGEST, _LARGEST = 1_000, 1e15
"""Letters of a condition and size of its numbers: beyond, it is a mistake or meant to do harm."""
_PLACE = "decision_points of the journey map"


def fields(condition: str) -> frozenset[str]:
    """The names of the fields that a condition mentions.

    >>> sorted(fields('churn_risk >= 0.7 and priority == "Urgent"'))
    ['churn_risk', 'priority']
    """
    return frozenset(node.id for node in ast.walk(_parsed(condition)) if isinstance(node, ast.Name))


def predicate(condition: str, rows: ir.Table, allowed: Collection[str]) -> ir.BooleanValue:
    """The condition as an expression over the rows: true, false, or a gap where a field it depends on is one.

    Parameters
    ----------
    condition : comparisons of a field with a value (`== != < <= > >=`, `in` and `not in` a list), joined by `and`,
        `or`, `not` and brackets: `churn_risk >= 0.7 and priority in ["High", "Urgent"]`. A field of yes or no may
        stand alone.
    rows : holds the fields.
    allowed : names of the fields that a condition may use.

    Raises
    ------
    ParameterError : the condition cannot be read, names a field that is not allowed, or compares a field with a value
        of another kind; says the condition, the fault and what is allowed.

    >>> import ibis, pandas as pd
    >>> rows = ibis.memtable(pd.DataFrame({"risk": [0.9, 0.2]}))
    >>> rows.mutate(holds=predicate("risk >= 0.7", rows, ["risk"])).holds.execute().tolist()
    [True, False]
    """
    parsed = _parsed(condition)
    unknown = sorted({node.id for node in ast.walk(parsed) if isinstance(node, ast.Name)} - set(allowed))
    if unknown:
        known = ", ".join(sorted(allowed))
        raise ParameterError(
            f"a condition may use the fields {known}: {condition!r} names {', '.join(unknown)} ({_PLACE})"
        )
    return _truth(parsed, rows, condition)


def _parsed(condition: str) -> ast.expr:
    if len(condition) > _LONGEST:
        raise ParameterError(f"a condition must have at most {_LONGEST} letters: got {len(condition)} ({_PLACE})")
    try:
        return ast.parse(condition.strip(), mode="eval").body
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        raise _fault(condition, "it cannot be read") from None


def _truth(node: ast.expr, rows: ir.Table, condition: str) -> ir.BooleanValue:
    """A part of the condition that is true or false."""
    if isinstance(node, ast.BoolOp):
        join = and_ if isinstance(node.op, ast.And) else or_
        truth, *others = (_truth(each, rows, condition) for each in node.values)
        for other in others:
            truth = join(truth, other)
        return truth
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.Not):
        return ~_truth(node.operand, rows, condition)
    if isinstance(node, ast.Compare):
        return _comparison(node, rows, condition)
    if isinstance(node, ast.Name) and rows[node.id].type().is_boolean():
        return rows[node.id]
    raise _fault(condition, f"{ast.unparse(node)!r} is no comparison of a field")


def _comparison(node: ast.Compare, rows: ir.Table, condition: str) -> ir.BooleanValue:
    """`0.5 <= risk < 0.7` is two comparisons joined by and."""
    sides = [node.left, *node.comparators]
    truth: Any = None
    for left, operator, right in zip(sides, node.ops, sides[1:], strict=False):
        holds = _pair(left, operator, right, rows, condition)
        truth = holds if truth is None else truth & holds
    return truth


def _pair(left: ast.expr, operator: ast.cmpop, right: ast.expr, rows: ir.Table, condition: str) -> ir.BooleanValue:
    compare = _COMPARES.get(type(operator))
    if compare is None:
        raise _fault(condition, "a comparison must be one of ==, !=, <, <=, >, >=, in, not in")
    listed = isinstance(operator, ast.In | ast.NotIn)
    if not isinstance(left, ast.Name) and isinstance(right, ast.Name) and not listed:
        left, compare, right = right, _TURNED[compare], left
    if not isinstance(left, ast.Name):
        raise _fault(condition, f"{ast.unparse(left)!r} is no field")
    value = _values(right, condition) if listed else _value(right, condition)
    for each in value if listed else [value]:
        _check_kind(left.id, rows[left.id], each, operator, condition)
    return compare(rows[left.id], value)


def _values(node: ast.expr, condition: str) -> list[Any]:
    if not isinstance(node, ast.List | ast.Tuple | ast.Set) or not node.elts:
        raise _fault(condition, 'after `in` a list must stand, such as ["High", "Urgent"]')
    return [_value(each, condition) for each in node.elts]


def _value(node: ast.expr, condition: str) -> Any:
    """A text, a number, or True or False."""
    negative = isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub)
    plain = node.operand if isinstance(node, ast.UnaryOp) and negative else node
    if isinstance(plain, ast.Constant):
        value = plain.value
        if isinstance(value, str | bool) and not negative:
            return value
        if isinstance(value, int | float) and not isinstance(value, bool) and abs(value) <= _LARGEST:
            return -value if negative else value
    raise _fault(condition, f"{ast.unparse(node)!r} is no text, number, True or False")


def _check_kind(name: str, field: ir.Value, value: Any, operator: ast.cmpop, condition: str) -> None:
    of = field.type()
    kind = "text" if of.is_string() else "yes or no" if of.is_boolean() else "number" if of.is_numeric() else "moment"
    is_kind = kind in _KINDS and isinstance(value, _KINDS[kind]) and (kind == "yes or no") == isinstance(value, bool)
    if not is_kind:
        raise _fault(condition, f"{name} is a {kind}, which {value!r} is not")
    if kind != "number" and isinstance(operator, ast.Lt | ast.LtE | ast.Gt | ast.GtE):
        raise _fault(condition, f"{name} is a {kind}, which has no order")


def _fault(condition: str, what: str) -> ParameterError:
    wanted = 'comparisons of fields such as churn_risk >= 0.7 and priority == "Urgent"'
    return ParameterError(f"a condition must consist of {wanted}: {what} in {condition!r} ({_PLACE})")
