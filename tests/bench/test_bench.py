"""The line a figure is told in, so that scripts can rely on it."""

from __future__ import annotations

import json

import pytest

from tests.bench.__main__ import MEASURES, main
from tests.bench.figure import Figure
from tests.bench.setting import Sizes

KEYS = ["name", "value", "unit", "baseline", "ratio", "goal", "ok"]


def test_a_run_prints_one_line_of_json_a_figure(capsys: pytest.CaptureFixture[str]) -> None:
    missed = main(["idle-poll"], Sizes(orders=200))
    out, err = capsys.readouterr()
    requests, size = (json.loads(line) for line in out.splitlines())
    assert list(requests) == list(size) == KEYS
    assert (requests["name"], requests["unit"]) == ("idle-poll-requests", "requests")
    assert (size["name"], size["unit"]) == ("idle-poll-bytes", "bytes")
    assert 0 < size["value"] < size["baseline"]
    assert size["ratio"] == pytest.approx(size["value"] / size["baseline"], rel=0.001)
    assert requests["ok"] is None
    assert not missed
    assert "measuring idle-poll" in err


@pytest.mark.parametrize(
    ("goal", "ok"),
    [("ratio <= 1.5", True), ("ratio <= 1.4", False), ("value >= 30", True), ("", None)],
)
def test_a_goal_is_held_against_the_ratio_or_the_value(goal: str, ok: bool | None) -> None:
    assert Figure("any", 30, "ms", 20, goal).ok is ok


def test_an_unknown_name_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        main(["idle-pol"])
    said = capsys.readouterr().err
    assert all(name in said for name in MEASURES)
