"""No text reaches a widget but through ``cartdesk/tui/text.py``: read from the source itself.

Textual reads a plain ``str`` as markup, and a name like ``[@click=app.quit]`` in it would act.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import cartdesk.tui

FOLDER = Path(cartdesk.tui.__file__).parent
MAKERS = {"Content", "Text", "Table", "Markdown", "Panel", "from_markup", "from_text"}
SHOWING = {"Static", "Label", "Button", "Answer", "Option", "update", "add_row", "notify"}
SHOWING |= {"add_option", "set_content", "replace_option_prompt_at_index", "write"}
ATTRIBUTES = {"border_title", "border_subtitle", "tooltip", "title", "sub_title"}
SAFE_TYPES = {"Content", "list[Option]", "Sight"}  # a Sight shows what Row.paint made


def modules() -> Iterator[tuple[Path, ast.Module]]:
    for path in sorted(FOLDER.glob("*.py")):
        yield path, ast.parse(path.read_text(encoding="utf-8"))


def name_of(call: ast.Call) -> str:
    return call.func.id if isinstance(call.func, ast.Name) else getattr(call.func, "attr", "")


def safe_functions() -> set[str]:
    """The functions of the screens whose result mypy holds to be ``Content``."""
    return {
        node.name
        for _, tree in modules()
        for node in ast.walk(tree)
        if isinstance(node, ast.FunctionDef)
        and node.returns is not None
        and ast.unparse(node.returns) in SAFE_TYPES
    } | {"paint", "_Sight"}  # Row.paint: Callable[[int], Content]; _Sight shows nothing else


def is_safe(value: ast.expr, safe: set[str]) -> bool:
    if isinstance(value, ast.Constant) and isinstance(value.value, str):
        return "[" not in value.value
    if isinstance(value, ast.IfExp):
        return is_safe(value.body, safe) and is_safe(value.orelse, safe)
    return isinstance(value, ast.Call) and name_of(value) in safe


def shown(call: ast.Call) -> list[ast.expr]:
    if name_of(call) == "replace_option_prompt_at_index":
        return call.args[1:]
    return call.args


def test_widgets_get_literals_or_what_text_py_made() -> None:
    safe = safe_functions()
    wrong = []
    for path, tree in modules():
        for node in ast.walk(tree):
            if isinstance(node, ast.Call) and name_of(node) in SHOWING:
                if path.name == "house.py" and name_of(node) == "notify":
                    continue  # House.notify itself: it cleans, and forces markup off
                if name_of(node) == "write" and path.name in {"links.py", "edit.py"}:
                    continue  # a file, not a widget
                wrong += [
                    f"{path.name}:{node.lineno} {ast.unparse(node)}"
                    for value in shown(node)
                    if not is_safe(value, safe)
                ]
            if isinstance(node, ast.Assign | ast.AnnAssign) and node.value is not None:
                targets = node.targets if isinstance(node, ast.Assign) else [node.target]
                wrong += [
                    f"{path.name}:{node.lineno} {ast.unparse(node)}"
                    for target in targets
                    if isinstance(target, ast.Attribute)
                    and target.attr in ATTRIBUTES
                    and not is_safe(node.value, safe)
                ]
    assert not wrong, "\n".join(wrong)


def test_only_text_py_makes_renderables() -> None:
    wrong = [
        f"{path.name}:{node.lineno} {ast.unparse(node)}"
        for path, tree in modules()
        if path.name != "text.py"
        for node in ast.walk(tree)
        if isinstance(node, ast.Call) and name_of(node) in MAKERS
    ]
    assert not wrong, "\n".join(wrong)


def test_no_other_module_imports_what_reads_markup() -> None:
    """Rich texts and Textual's markup come into no screen; only the fault report is Rich's."""
    allowed = {
        "text.py": {"rich.cells"},
        "rows.py": {"rich.segment"},
        "leaving.py": {"rich.console", "rich.traceback"},
    }
    wrong = [
        f"{path.name} {name}"
        for path, tree in modules()
        for node in ast.walk(tree)
        for name in imported(node)
        if name.split(".")[0] == "rich" or name.startswith("textual.markup")
        if name not in allowed.get(path.name, set())
    ]
    assert not wrong, "\n".join(wrong)


def imported(node: ast.AST) -> list[str]:
    if isinstance(node, ast.ImportFrom):
        return [node.module or ""]
    return [each.name for each in node.names] if isinstance(node, ast.Import) else []


def test_nobody_turns_markup_on() -> None:
    wrong = [
        f"{path.name}:{node.lineno} {ast.unparse(node)}"
        for path, tree in modules()
        for node in ast.walk(tree)
        if isinstance(node, ast.Call)
        for given in node.keywords
        if given.arg in {"markup", "prompt", "content"} and ast.unparse(given.value) != "False"
    ]
    assert not wrong, "\n".join(wrong)


def test_keys_a_browser_takes_are_never_bound() -> None:
    taken = {"ctrl+w", "ctrl+t", "ctrl+n"}
    bound = {
        key.strip()
        for _, tree in modules()
        for node in ast.walk(tree)
        if isinstance(node, ast.Call) and name_of(node) == "Binding" and node.args
        if isinstance(node.args[0], ast.Constant)
        for key in str(node.args[0].value).split(",")
    }
    assert bound
    assert not bound & taken


def test_the_lint_finds_what_it_is_for() -> None:
    safe = safe_functions()
    for bad in ("name", "f'{x}'", "'[/]'", "row.name", "str(x)", "a + b"):
        assert not is_safe(ast.parse(bad, mode="eval").body, safe)
    for good in ("'plain'", "line(x)", "review_text(preview)"):
        assert is_safe(ast.parse(good, mode="eval").body, safe)
