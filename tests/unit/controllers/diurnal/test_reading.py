"""A spec becomes values, and each mistake a finding with its field."""

import datetime

import pytest

from router.base.findings import Severity
from router.controllers.diurnal.types import Aim, Dates, Level, Limits, Override, Ramp, Time
from tests.support.diurnal import at, errors, read, understood

POINT = 'schedule: [{at: "06:00", replicas: 1}]\n'


def test_what_was_written_in_2015_is_read_as_it_was() -> None:
    spec = understood("selector: {name: redis-slave}\ntimes: 00:00Z,00:02Z,01:00Z,02:30Z\ncounts: 3,7,6,9\n")
    assert spec.aims == (
        Aim(api_version="v1", kind="ReplicationController", labels=(("name", "redis-slave"),), field="spec.selector"),
    )
    assert [(e.at, e.level.low) for e in spec.entries] == [
        (Time(seconds=0, offset=0), 3), (Time(seconds=120, offset=0), 7), (Time(seconds=3600, offset=0), 6), (Time(seconds=9000, offset=0), 9),
    ]  # fmt: skip


def test_times_and_counts_may_be_lists() -> None:
    assert (
        understood('times: ["0600-0500", "22"]\ncounts: [15, 0]\n').entries
        == understood("times: 0600-0500,22\ncounts: '15, 0'\n").entries
    )


def test_times_may_count_from_the_creation_as_with_now() -> None:
    spec = understood('times: ["00:00", "00:02"]\ncounts: "1,2"\norigin: creation\n', creationTimestamp="2026-01-01T23:59:00Z")
    assert [e.at.seconds for e in spec.entries if e.at] == [86340, 60]


@pytest.mark.parametrize(
    ("spec", "fields"),
    [
        ("times: 06:00,07:00\ncounts: '1'\n", ["spec.counts"]),
        ("times: 06:00\ncounts: '-1'\n", ["spec.counts"]),
        ("times: 25:00\ncounts: '1'\n", ["spec.times"]),
        ("times: [1700]\ncounts: [1]\n", ["spec.times"]),
        ("times: 06:00\n", ["spec.counts"]),
        ("{}", ["spec.schedule"]),
        ("times: []\ncounts: []", ["spec.schedule"]),
        ("schedule: []", ["spec.schedule"]),
        ("times: '06:00,1:00Z'\ncounts: [1, x]", ["spec.counts", "spec.times"]),
        (POINT + "timeZone: Europe/Berlim", ["spec.timeZone"]),
        (POINT + "gap: jump", ["spec.gap"]),
        (POINT + "mode: bounds", []),
        (POINT + "suspend: 'yes'", ["spec.suspend"]),
        (POINT + "limits: {every: 1m}", ["spec.limits.step"]),
        (POINT + "skipNext: true", ["spec.skipNext"]),
        (POINT + "override: {replicas: 3}", ["spec.override.until"]),
        (POINT + "override: {until: '2026-01-01T00:00:00Z'}", ["spec.override.replicas"]),
        (POINT + "calendars: [{name: a}]", ["spec.calendars[0].configMap"]),
        (POINT + "calendars: [{dates: ['12-25']}]", ["spec.calendars[0].name"]),
        (POINT + "targets: [{kind: Thing, name: x}]", ["spec.targets[0].apiVersion"]),
        (POINT + "targets: [{kind: Deployment}]", ["spec.targets[0].name"]),
        (POINT + "targets: [{kind: Deployment, name: x, matchLabels: {a: b}}]", ["spec.targets[0].name"]),
        (POINT + "targets: [{name: x}]", ["spec.targets[0].kind"]),
        (POINT + "targets: [{kind: HorizontalPodAutoscaler, name: x}]", ["spec.mode"]),
        (POINT + "targets: [{kind: DaemonController, name: x}]\nmode: floor", ["spec.mode"]),
        ("schedule: [{at: '06:00'}]", ["spec.schedule[0]"]),
        ("schedule: [{at: '06:00', replicas: 1.5}]", ["spec.schedule[0].replicas"]),
        ("schedule: [{at: '06:00', replicas: 1, percent: 5}]", ["spec.schedule[0].replicas", "spec.full"]),
        ("schedule: [{at: '06:00', from: '07:00', to: '08:00', replicas: 1}]", ["spec.schedule[0].at"]),
        ("schedule: [{from: '07:00', replicas: 1}]", ["spec.schedule[0].to"]),
        ("schedule: [{from: '07:00', to: '2026-01-01T08:00', replicas: 1}]", ["spec.schedule[0].from"]),
        ("schedule: [{from: '2026-01-02T07:00', to: '2026-01-01T08:00', replicas: 1}]", ["spec.schedule[0].to"]),
        ("schedule: [{at: '2026-01-02T07:00', days: Mon, replicas: 1}]", ["spec.schedule[0]"]),
        ("schedule: [{at: 1700, replicas: 1}]", ["spec.schedule[0].at"]),
        ("schedule: [{days: Foo, replicas: 1}]", ["spec.schedule[0].days"]),
        ("schedule: [{class: feast, replicas: 1}]", ["spec.schedule[0].class"]),
        ("schedule: [{class: holiday, replicas: 1}]", ["spec.calendars"]),
        ("schedule: [{class: holiday, calendars: [x], replicas: 1}]", ["spec.calendars", "spec.calendars"]),
        ("schedule: [{calendars: [x], replicas: 1}]", ["spec.schedule[0].calendars", "spec.calendars"]),
        ("schedule: [{at: '06:00', min: 1, max: 5}]", ["spec.schedule[0]"]),
        ("mode: bounds\nschedule: [{at: '06:00', min: 6, max: 5}]", ["spec.schedule[0].min"]),
        ("mode: floor\nschedule: [{at: '06:00', max: 5}]", ["spec.schedule[0]"]),
        ("schedule: [{at: '06:00', percent: 50}]", ["spec.full"]),
        ("schedule: [{at: '06:00', replicas: 1, ramp: {shape: linear}}]", ["spec.schedule[0].ramp.over"]),
        ("schedule: [{at: '06:00', replicas: 1, ramp: {over: 1h, steps: 3}}]", ["spec.schedule[0].ramp.steps"]),
        ("schedule: [{at: '06:00', replicas: 1, ramp: {over: 3d}}]", ["spec.schedule[0].ramp.over"]),
        ("schedule: [{formula: 'os.system(1)'}]", ["spec.schedule[0].formula"]),
        ("schedule: [{at: '06:00', formula: '3'}]", ["spec.schedule[0].formula"]),
        ("schedule: [{formula: '3', every: 7m}]", ["spec.schedule[0].formula"]),
        ("schedule: [{formula: '3', every: 30s}]", ["spec.schedule[0].every"]),
        ("schedule:" + "\n- {formula: '3'}" * 9, ["spec.schedule"]),
        ("schedule:" + "\n- {at: '06:00', replicas: 1}" * 1501, ["spec.schedule"]),
        ("schedule: {at: '06:00'}", ["spec.schedule"]),
        ("schedule: [5]", ["spec.schedule[0]", "spec.schedule[0]"]),
        (POINT + "base: {min: 1}", ["spec.base"]),
        (POINT + "workdays: weekend", ["spec.workdays"]),
        (POINT + "full: 0", ["spec.full"]),
        (POINT + "priority: high", ["spec.priority"]),
        (POINT + "selector: {}", ["spec.selector", "spec.targets"]),
        ("targets: [{kind: DaemonController, name: x}]\nschedule: [{percent: 101}]", ["spec.schedule"]),
    ],
)
def test_a_mistake_is_told_at_its_field(spec: str, fields: list[str]) -> None:
    assert errors(spec) == fields
    assert (read(spec).object is None) == bool(fields)


def test_a_number_that_yaml_made_of_a_time_asks_for_quotes() -> None:
    (wrong,) = read("schedule: [{at: 1700, replicas: 1}]").findings
    assert wrong.fix == "put it in quotes"


def test_an_unknown_field_is_a_warning_only() -> None:
    found = read(POINT + "timezone: Europe/Berlin\n")
    assert found.object is not None
    assert [(f.severity, f.field) for f in found.findings] == [(Severity.WARNING, "spec.timezone")]


def test_every_field_of_an_entry() -> None:
    spec = understood("""
calendars: [{name: de, dates: ["12-25"]}]
schedule:
- name: open
  from: "08:00"
  to: "18:00"
  days: [Mon-Fri, Sun]
  dates: 2026-01-01/2026-06-30
  except: ["02-03"]
  class: [workday, holiday]
  calendars: [de]
  replicas: 10
  ramp: {over: 30m, shape: steps, steps: 3, side: start}
  priority: 7
""")
    (entry,) = spec.entries
    assert (entry.name, entry.start, entry.end) == ("open", Time(seconds=28800), Time(seconds=64800))
    assert entry.days == {0, 1, 2, 3, 4, 6} and entry.classes == {"workday", "holiday"} and entry.calendars == {"de"}
    assert entry.dates == (Dates(first=datetime.date(2026, 1, 1), last=datetime.date(2026, 6, 30)),)
    assert entry.but == (Dates(first=datetime.date(2000, 2, 3), last=datetime.date(2000, 2, 3), yearly=True),)
    assert (entry.level, entry.priority) == (Level(low=10, high=10), 7)
    assert entry.ramp == Ramp(over=1800, shape="steps", steps=3, side="start")


def test_an_entry_without_times_is_the_whole_day() -> None:
    (entry,) = understood("schedule: [{days: Sat, replicas: 1}]").entries
    assert (entry.start, entry.end) == (Time(seconds=0), Time(seconds=86400))


def test_a_window_stands_above_points_and_an_event_above_both() -> None:
    spec = understood("""
schedule:
- {at: "06:00", replicas: 1}
- {from: "06:00", to: "07:00", replicas: 1}
- {from: "2026-01-01T06:00", to: "2026-01-02T06:00", replicas: 1}
""")
    assert [entry.priority for entry in spec.entries] == [0, 10, 20]


def test_percents_become_counts_when_it_is_said_what_all_is() -> None:
    spec = understood("full: 7\nbase: {percent: 50}\nschedule: [{at: '06:00', replicas: 5}]")
    assert (spec.unit, spec.base) == ("count", Level(low=4, high=4))


def test_a_share_of_the_nodes_stays_a_percentage() -> None:
    spec = understood("target: {kind: DaemonController, name: edge}\nbase: {percent: 30}")
    assert (spec.unit, spec.base) == ("percent", Level(low=30, high=30))
    assert spec.aims == (Aim(api_version="tidegate.dev/v1alpha1", kind="DaemonController", name="edge", field="spec.target"),)


def test_the_rest_of_the_spec() -> None:
    spec = understood(
        POINT
        + """
timeZone: Asia/Kolkata
gap: shift
repeat: both
overlap: latest
mode: floor
drift: edge
outside: restore
workdays: Sun-Thu
priority: 5
suspend: true
ramp: {over: 1h, shape: cosine}
limits: {step: 2, every: 90s}
override: {until: "2026-11-27T08:00:00Z", replicas: 9, reason: fair}
skipNext: "2026-11-27T08:00:00+01:00"
calendars: [{name: a, configMap: {name: holidays}}]
"""
    )
    assert (spec.zone, spec.gap, spec.repeat, spec.overlap) == ("Asia/Kolkata", "shift", "both", "latest")
    assert (spec.mode, spec.drift, spec.outside, spec.priority, spec.suspend) == ("floor", "edge", "restore", 5, True)
    assert spec.workdays == {6, 0, 1, 2, 3} and spec.limits == Limits(step=2, every=90)
    assert spec.override == Override(until=at("2026-11-27T08:00:00+00:00"), level=Level(low=9, high=9), reason="fair")
    assert spec.skip_next == at("2026-11-27T07:00:00+00:00") and spec.calendars[0].key == "calendar.ics"


def test_metadata_tells_whether_it_is_going() -> None:
    found = read(POINT, deletionTimestamp="2026-01-01T00:00:00Z", finalizers=["tidegate.dev/diurnal"])
    assert found.deleting and found.object and found.object.deleting and found.finalizers == ("tidegate.dev/diurnal",)


@pytest.mark.parametrize("document", [{}, {"spec": 5}, {"spec": {"schedule": [None]}}, {"metadata": 5, "spec": {"times": {}}}])
def test_nonsense_is_findings_and_no_exception(document: dict[str, object]) -> None:
    from router.controllers.diurnal import reading

    assert reading.read(document).object is None
