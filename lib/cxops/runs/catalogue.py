"""The pages there are, from `params/pages.yml`: the notebook and the parameters of each, held against each other."""

from difflib import get_close_matches
from importlib import import_module
from pathlib import Path
from typing import Annotated

import nbformat
from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from cxops import params, workspace
from cxops.errors import ParameterError
from cxops.runs.places import papermill_path
from cxops.tables import CONTRACTS

FILE = "pages.yml"
Name = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]*$")]
TableName = Annotated[str, StringConstraints(pattern=f"^({'|'.join(CONTRACTS)})$")]


class Page(BaseModel):
    """One page of the review.

    Parameters
    ----------
    notebook : its file in `notebooks/`.
    title, question : its heading and what it answers.
    parameters : dotted name of its model, `package.module:Class`.
    needs, uses : tables without which it cannot be made, and tables that add to it when they are there.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)

    notebook: str = Field(pattern=r"^[A-Za-z0-9_]+\.ipynb$")
    title: str = Field(min_length=1)
    question: str = Field(min_length=1)
    parameters: str = Field(pattern=r"^[A-Za-z_][\w.]*:[A-Za-z_]\w*$")
    needs: Annotated[tuple[TableName, ...], Field(min_length=1, strict=False)]
    uses: Annotated[tuple[TableName, ...], Field(strict=False)] = ()

    @property
    def file(self) -> Path:
        """The notebook's path."""
        return workspace.current().home / "notebooks" / self.notebook


class _Catalogue(params.Parameters):
    file = FILE
    pages: dict[Name, Page]


def pages() -> dict[str, Page]:
    """Pages by name, in the order of `params/pages.yml`.

    Raises
    ------
    ParameterError : an entry is incomplete, names an unknown table or has an unknown key.
    """
    return dict(params.resolve(_Catalogue).pages)


def page(name: str) -> Page:
    """The page of that name.

    Raises
    ------
    ParameterError : there is none; the message names the nearest.
    """
    known = pages()
    if name in known:
        return known[name]
    near = get_close_matches(name, known, n=1)
    hint = f"did you mean {near[0]}?" if near else f"allowed: {', '.join(known)}"
    raise ParameterError(f"the page must be one of params/{FILE}: got {name!r}; {hint}")


def model(name: str) -> type[params.PageParameters]:
    """The parameters' model of a page, imported by its dotted name.

    Raises
    ------
    ParameterError : there is no such module or class, or the class is not a page's parameters.
    """
    dotted = page(name).parameters
    module, _, attribute = dotted.partition(":")
    where = f"(params/{FILE}, {name}.parameters)"
    try:
        found = getattr(import_module(module), attribute)
    except (ModuleNotFoundError, AttributeError) as error:
        raise ParameterError(
            f"parameters must name a class that can be imported: got {dotted!r}: {error} {where}"
        ) from None
    if not (isinstance(found, type) and issubclass(found, params.PageParameters)):
        raise ParameterError(f"parameters must name a subclass of PageParameters: got {dotted!r} {where}")
    return found


def check_notebook(name: str) -> None:
    """Raises ParameterError unless the notebook's parameters cell names exactly the fields of the page's model."""
    file = page(name).file
    expected, found = set(model(name).model_fields), parameter_names(file)
    faults = [f"{each} is missing from the cell" for each in sorted(expected - found)]
    faults += [f"{each} is not a parameter of {page(name).parameters}" for each in sorted(found - expected)]
    if faults:
        raise ParameterError(f"the parameters cell must name the page's parameters: {'; '.join(faults)} ({file.name})")


def parameter_names(file: Path) -> set[str]:
    """Names that the notebook's cell tagged `parameters` assigns; Papermill itself only warns about any other.

    Raises
    ------
    ParameterError : there is no such notebook, it cannot be read, or it has no such cell.
    """
    from papermill import inspect_notebook  # takes a second to import, and most commands never come here

    try:
        notebook = nbformat.read(file, as_version=4)
        nbformat.validate(notebook)
    except FileNotFoundError:
        raise ParameterError(f"the page's notebook must exist: there is no {file} (params/{FILE})") from None
    except (ValueError, nbformat.ValidationError) as error:
        raise ParameterError(f"{file} must be a notebook: {str(error).splitlines()[0]}") from None
    if not any("parameters" in cell.metadata.get("tags", ()) for cell in notebook.cells):
        raise ParameterError(f"a page's notebook must have a cell tagged parameters: {file} has none")
    return set(inspect_notebook(papermill_path(file)))
