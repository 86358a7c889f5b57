"""Draws one service: load balancer, blue and green, tasks, and how a release moves the traffic."""

from __future__ import annotations

from assembly.environment import Listener, Release, Service, TargetGroup
from assembly.svg import HEADING, SMALL, SMALL_STRONG, Box, Drawing, Font
from assembly.text_width import text_width, wrapped
from assembly.themes import Tone

LINE = 16
PAD = 12
HEADER = 38
SIDE = 36
BALANCER = 172
GROUP = 172
TASKS = 222
GAP = 26
BAR = 34
SHIFT_LABEL = 40
NAME = Font(size=11)
MUTED_STRONG = Font(size=11, bold=True, tone="muted")


def service_height(service: Service) -> float:
    """How high the service's card is."""
    sides = 2 if len(service.load_balancer.listeners) < 3 else len(service.load_balancer.listeners)
    content = max(44 + sides * (SIDE + 8), 30 + LINE * len(_task_lines(service)), 128)
    return HEADER + content + PAD


def draw_service(drawing: Drawing, service: Service, x: float, y: float, width: float) -> Box:
    """Draw the service's card at that place and return it."""
    card = drawing.box(x, y, width, service_height(service), tone="lane", radius=8)
    title = Box(x=card.x, y=y, width=width - 90, height=HEADER, tone="lane")
    drawing.heading(title, x + PAD, y + 25, service.name, service.host, font=HEADING)
    kind = "public" if service.load_balancer.public else "internal"
    drawing.pill(card.right - PAD, y + 20, kind, tone="approval" if kind == "public" else "muted")
    top, height = y + HEADER, card.height - HEADER - PAD
    balancer = drawing.box(x + PAD, top, BALANCER, height, tone="surface")
    listeners = _balancer(drawing, service, balancer)
    sides = _sides(drawing, service, balancer.right + GAP, top)
    tasks = drawing.box(sides[0].right + GAP, top, TASKS, height, tone="surface")
    _list(drawing, tasks, "ECS service", _task_lines(service))
    for listener, box in listeners:
        if listener.route:
            _route(drawing, listener, box, sides)
    for side in sides:
        drawing.arrow((side.right, side.middle), (tasks.x, side.middle), tone=side.tone)
    _release(drawing, card, service.release, tasks.right + GAP - 8, top)
    return card


def _list(drawing: Drawing, box: Box, caption: str, lines: list[str]) -> None:
    drawing.text(box, box.x + 10, box.y + 19, caption, font=MUTED_STRONG)
    for index, line in enumerate(lines):
        font = SMALL_STRONG if index == 0 else NAME
        drawing.text(box, box.x + 10, box.y + 37 + LINE * index, line, font=font)


def _balancer(drawing: Drawing, service: Service, box: Box) -> list[tuple[Listener, Box]]:
    balancer = service.load_balancer
    drawing.text(box, box.x + 10, box.y + 19, "Load balancer", font=MUTED_STRONG)
    where = f"{balancer.tier} subnets, {balancer.zones} zones"
    drawing.text(box, box.x + 10, box.y + 35, where, font=NAME)
    drawn = []
    for index, listener in enumerate(balancer.listeners):
        top = box.y + 44 + index * (SIDE + 8)
        inner = drawing.box(box.x + 10, top, box.width - 20, SIDE, tone="lane", radius=4)
        label = f"{listener.port} {listener.protocol}"
        drawing.text(inner, inner.x + 8, top + 15, label, font=SMALL_STRONG)
        words = {"production": "production traffic", "test": "test traffic"}
        drawing.text(inner, inner.x + 8, top + 29, words.get(listener.route, ""), font=SMALL)
        drawn.append((listener, inner))
    return drawn


def _sides(drawing: Drawing, service: Service, x: float, top: float) -> list[Box]:
    column = Box(x=x, y=top, width=GROUP, height=44, tone="lane")
    drawing.text(column, x, top + 19, "Target groups", font=MUTED_STRONG)
    sides: tuple[tuple[TargetGroup, Tone], ...] = (
        (service.blue, "blue"),
        (service.green, "green"),
    )
    drawn = []
    for index, (group, tone) in enumerate(sides):
        y = top + 44 + index * (SIDE + 8)
        box = drawing.box(x, y, GROUP, SIDE, tone=tone, radius=4)
        font = Font(size=11, bold=True, tone=tone)
        drawing.text(box, x + 8, y + 15, group.name, font=font)
        detail = f"port {group.port} · {group.health_path}"
        drawing.text(box, x + 8, y + 29, detail, font=Font(size=11, tone=tone))
        drawn.append(box)
    return drawn


def _route(drawing: Drawing, listener: Listener, box: Box, sides: list[Box]) -> None:
    """Production goes to blue; the test listener shows green while a release is under way."""
    side = sides[0] if listener.route == "production" else sides[1]
    bend = box.right + 10 + (side.x - box.right - 10) / 2
    straight = box.middle == side.middle
    points = (
        [(box.right, box.middle), (side.x, side.middle)]
        if straight
        else [
            (box.right, box.middle),
            (bend, box.middle),
            (bend, side.middle),
            (side.x, side.middle),
        ]
    )
    drawing.arrow(*points, tone=side.tone, dashed=listener.route == "test")


def _task_lines(service: Service) -> list[str]:
    scaling = service.scaling
    size = f"{service.cpu / 1024:g} vCPU · {service.memory / 1024:g} GB · {service.capacity}"
    plural = "task" if service.tasks == 1 else "tasks"
    bounds = (
        f"{service.tasks} {plural}, scales {scaling.minimum}\N{EN DASH}{scaling.maximum}"
        if scaling.minimum != scaling.maximum
        else f"{service.tasks} {plural}, does not scale"
    )
    halves = [" · ".join(scaling.follows[i : i + 2]) for i in range(0, len(scaling.follows), 2)]
    lines = [bounds, size, *halves, *scaling.schedules]
    return [part for line in lines for part in wrapped(line, width=TASKS - 24, size=11)]


def _release(drawing: Drawing, card: Box, release: Release, x: float, top: float) -> None:
    caption = f"CodeDeploy: {release.strategy}"
    drawing.text(card, x, top + 19, caption, font=MUTED_STRONG)
    width = card.right - PAD - x
    standby = 64 if release.standby_minutes else 0
    _bar(drawing, release, x, top + 30, width - standby - (6 if standby else 0))
    if standby:
        box = drawing.box(
            x + width - standby, top + 30, standby, BAR, tone="blue", radius=3, dashed=True
        )
        ink = Font(size=11, tone="blue")
        drawing.text(box, box.centre, top + 44, "blue kept", font=ink, anchor="middle")
        kept = f"{release.standby_minutes} min"
        drawing.text(box, box.centre, top + 58, kept, font=ink, anchor="middle")
    lines = [
        release.decision or "goes on without a person",
        f"{release.alarms} alarms send it back" if release.alarms else "no alarm sends it back",
    ]
    for index, line in enumerate(lines):
        drawing.text(card, x, top + 102 + LINE * index, line, font=NAME)


def _bar(drawing: Drawing, release: Release, x: float, y: float, width: float) -> None:
    """Green's share of the traffic step by step, from the left to the right."""
    each = width / len(release.shifts)
    for index, shift in enumerate(release.shifts):
        left = round(x + index * each, 1)
        wide = round(each - 1, 1)
        share = round(BAR * shift.percent / 100, 1)
        if share < BAR:
            drawing.box(left, y, wide, round(BAR - share - 1, 1), tone="blue", radius=1)
        drawing.box(left, round(y + BAR - share, 1), wide, share, tone="green", radius=1)
    _shares(drawing, release, Box(x=x, y=y + BAR, width=width, height=18, tone="lane"))


def _shares(drawing: Drawing, release: Release, under: Box) -> None:
    """Green's percentages under the bar: all of them, or the first and the last."""
    each = under.width / len(release.shifts)
    base = under.y + 14
    for unit in (" %", ""):
        if text_width(f"100{unit}", size=SMALL.size) + 4 <= each:
            for index, shift in enumerate(release.shifts):
                centre = round(under.x + (index + 0.5) * each, 1)
                label = f"{shift.percent}{unit}"
                drawing.text(under, centre, base, label, font=SMALL, anchor="middle", width=each)
            return
    first, last = release.shifts[0], release.shifts[-1]
    drawing.text(under, under.x, base, f"{first.percent} %", font=SMALL)
    drawing.text(under, under.right, base, f"{last.percent} %", font=SMALL, anchor="end")
