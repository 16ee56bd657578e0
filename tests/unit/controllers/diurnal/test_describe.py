"""The page that describe prints, word for word."""

from router.base.parse import Bad
from router.controllers.diurnal import zones
from router.controllers.diurnal.describe import coming, describe
from tests.support.diurnal import World, at, deployment, understood

SPEC = """
timeZone: Europe/Berlin
base: {replicas: 2}
calendars: [{name: de, dates: ["12-25"]}]
schedule:
- {name: open, from: "08:00", to: "18:00", days: Mon-Fri, except: ["05-01"], replicas: 10, ramp: {over: 30m}}
- {name: feast, class: holiday, calendars: [de], replicas: 1, priority: 12}
- {at: "06:00:30-05:00", replicas: 3}
- {from: "2026-11-27T08:00", to: "2026-11-30T23:00", dates: [], formula: "9+t", every: 1h}
"""
PAGE = f"""\
Name:       web
Namespace:  shop
Labels:     <none>
Targets:    Deployment/web
Time Zone:  Europe/Berlin (tzdata {zones.VERSION}), gap: endOfGap, repeat: first
Mode:       set, drift: enforce, overlap: max, priority: 0
Current:    10 (open, since 2026-11-23T07:00:00Z)
Next:       3 at 2026-11-23T18:00:00+01:00 (2026-11-23T17:00:00Z), schedule[2]
Schedule:
  NAME         WHEN                                  DAYS                               VALUE       RAMP           PRIORITY
  open         08:00 to 18:00                        Mon,Tue,Wed,Thu,Fri but 05-01      10          1800 s linear  10
  feast        00:00 to 24:00                        holiday of de                      1           -              12
  schedule[2]  at 06:00:30-05:00                     every                              3           -              0
  schedule[3]  2026-11-27T08:00 to 2026-11-30T23:00  every                              f(t) = 9+t  -              20
  base         else                                  -                                  2           -              -
Target States:
  Deployment/web  Changing  replicas 10
Conditions:
  TYPE        STATUS  REASON       MESSAGE
  Ready       True    AsScheduled
  Active      True    EntryHolds   open
  Conflict    False   NoRival
  Suspended   False   Running
  Overridden  False   Schedule
Events:
  Normal  Scaled  Deployment/web: replicas 4 -> 10 (open)"""


def test_a_page_tells_schedule_state_and_what_comes() -> None:
    made = World(SPEC, deployment(4)).look(at("2026-11-23T12:00"))
    page = describe(understood(SPEC), made.status, made.says)
    assert [" ".join(line.split()) for line in page.splitlines()] == [" ".join(line.split()) for line in PAGE.splitlines()]


def test_a_status_that_is_empty_is_described_too() -> None:
    page = describe(understood(SPEC), {}, ())
    assert "Current:    <unknown>" in page and "Next:       <none>" in page and page.endswith("No events.")


def test_the_next_changes_are_listed_over_weekends_and_without_steps_of_ramps() -> None:
    spec = understood(
        'timeZone: Europe/Berlin\nbase: {replicas: 2}\nschedule: [{name: open, from: "08:00", to: "18:00", days: Fri, replicas: 10, ramp: {over: 1h}}]'
    )
    found = coming(spec, {}, zones.seconds(at("2026-11-23T12:00")), 3)
    assert found == [
        ("LOCAL", "UTC", "VALUE", "ENTRY"),
        ("2026-11-27T08:00:00+01:00", "2026-11-27T07:00:00Z", "10", "open"),
        ("2026-11-27T18:00:00+01:00", "2026-11-27T17:00:00Z", "2", "base"),
        ("2026-12-04T08:00:00+01:00", "2026-12-04T07:00:00Z", "10", "open"),
    ]
    bad = understood("calendars: [{name: a, configMap: {name: b}}]\nbase: {replicas: 1}")
    assert isinstance(coming(bad, {}, 0, 1), Bad)
