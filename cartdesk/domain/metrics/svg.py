"""Small plots as SVG: bars by day, a funnel, an interval. Colours come from the page's CSS."""

from __future__ import annotations

from collections.abc import Sequence

from cartdesk.domain.metrics.bars import Bin
from cartdesk.domain.metrics.groups import Write
from cartdesk.domain.metrics.intervals import Interval
from cartdesk.domain.metrics.markup import Markup, join, tag
from cartdesk.domain.metrics.views import Stage
from cartdesk.domain.metrics.wording import day_text

WIDTH = 720
_LEFT, _RIGHT = 44, 8  # margins of the plot
_UPPER, _LOWER, _BETWEEN = 120, 60, 34  # heights
_ROW = 30  # of the funnel
_NAMES = 210  # cells for the names of its stages, in pixels


def days_plot(bins: Sequence[Bin], write: Write) -> Markup:
    """Draw abandoned and recovered carts as two rows of bars over the same days."""
    top = 22 + _UPPER + _BETWEEN
    upper = _panel(bins, [one.abandoned for one in bins], "Abandoned", 22, _UPPER, write)
    lower = _panel(bins, [one.recovered for one in bins], "Recovered", top, _LOWER, write)
    bottom = top + _LOWER
    return _svg(
        bottom + 22,
        "Abandoned and recovered carts over time",
        upper,
        lower,
        _dates(bins, bottom + 16),
    )


def _panel(
    bins: Sequence[Bin], values: Sequence[int], name: str, top: int, height: int, write: Write
) -> Markup:
    kind = name.lower()
    most = max(values, default=0)
    step = (WIDTH - _LEFT - _RIGHT) / max(1, len(bins))
    wide = max(1.0, step - min(3.0, step / 4))
    drawn = [
        tag("text", f"{name} ({write.count(sum(values))})", x=_LEFT, y=top - 8, class_="name"),
        tag("text", write.count(most), x=_LEFT - 6, y=top + 8, class_="axis end"),
        tag("text", "0", x=_LEFT - 6, y=top + height, class_="axis end"),
        tag("line", x1=_LEFT, x2=WIDTH - _RIGHT, y1=top + height, y2=top + height, class_="base"),
    ]
    for place, (one, value) in enumerate(zip(bins, values, strict=True)):
        if not value:
            continue
        tall = max(1.5, height * value / most)
        last = f", {one.days} days," if one.days > 1 else ""
        drawn.append(
            tag(
                "rect",
                tag("title", f"{day_text(one.since)}{last}: {write.count(value)} {kind}"),
                x=_n(_LEFT + place * step),
                y=_n(top + height - tall),
                width=_n(wide),
                height=_n(tall),
                class_=kind,
            )
        )
    return join(*drawn)


def _dates(bins: Sequence[Bin], y: int) -> Markup:
    if not bins:
        return join()
    step = (WIDTH - _LEFT - _RIGHT) / len(bins)
    places = sorted({0, len(bins) // 2, len(bins) - 1})
    return join(
        *(
            tag("text", day_text(bins[at].since), x=_n(_LEFT + at * step), y=y, class_=_side(at))
            if at < len(bins) - 1 or at == 0
            else tag("text", day_text(bins[at].since), x=WIDTH - _RIGHT, y=y, class_="axis end")
            for at in places
        )
    )


def _side(place: int) -> str:
    return "axis" if place == 0 else "axis middle"


def funnel_plot(stages: Sequence[Stage], write: Write) -> Markup:
    """Draw how many checkouts came so far, one bar a stage."""
    first = max((stage.reached for stage in stages), default=0)
    room = WIDTH - _NAMES - 150
    drawn = []
    for place, stage in enumerate(stages):
        y = place * _ROW
        part = write.share(stage.reached / first if first else None)
        drawn += [
            tag("text", stage.label, x=0, y=y + 19, class_="name"),
            tag("rect", x=_NAMES, y=y + 5, width=room, height=20, class_="track"),
            tag(
                "rect",
                x=_NAMES,
                y=y + 5,
                width=_n(room * stage.reached / first if first else 0),
                height=20,
                class_="abandoned",
            ),
            tag(
                "text",
                f"{write.count(stage.reached)} · {part}",
                x=_NAMES + room + 10,
                y=y + 19,
                class_="axis",
            ),
        ]
    return _svg(max(_ROW, _ROW * len(stages)), "How far checkouts came", *drawn)


def interval_plot(interval: Interval, name: str, write: Write) -> Markup:
    """Draw an interval of shares, with zero, in so many of 100."""
    far = max(abs(interval.low), abs(interval.high), 0.01) * 1.15
    middle, half = WIDTH / 2, WIDTH / 2 - 40

    def x(share: float) -> str:
        return _n(middle + half * share / far)

    def mark(share: float) -> str:
        return write.decimal(100 * share, signed=True)

    return _svg(
        44,
        f"{name}: {mark(interval.low)} to {mark(interval.high)} of 100",
        tag("line", x1=x(0), x2=x(0), y1=2, y2=30, class_="zero"),
        tag("text", "0", x=x(0), y=42, class_="axis middle"),
        tag("line", x1=x(interval.low), x2=x(interval.high), y1=16, y2=16, class_="interval"),
        tag("line", x1=x(interval.low), x2=x(interval.low), y1=9, y2=23, class_="interval"),
        tag("line", x1=x(interval.high), x2=x(interval.high), y1=9, y2=23, class_="interval"),
        tag("circle", cx=x(interval.estimate), cy=16, r=5, class_="middle-mark"),
        tag("text", mark(interval.low), x=x(interval.low), y=38, class_="axis middle"),
        tag("text", mark(interval.high), x=x(interval.high), y=38, class_="axis middle"),
    )


def _svg(height: int, about: str, *children: Markup) -> Markup:
    return tag(
        "svg",
        tag("title", about),
        *children,
        xmlns="http://www.w3.org/2000/svg",
        viewBox=f"0 0 {WIDTH} {height}",
        role="img",
        aria_label=about,
    )


def _n(number: float) -> str:
    return f"{number:.1f}".removesuffix(".0")
