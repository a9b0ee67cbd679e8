"""What the files under data/ say: scenarios, LoopBack's recorded answers, deviations. Reads and combines, sends nothing."""

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import yaml

from lbpy.types import Json

DATA = Path(__file__).parent / "data"
KINDS = ("ignored", "body", "text", "html_text", "binary")


class JsonLoader(yaml.CSafeLoader):
    """YAML with JSON's scalars only: no dates, no yes and no, no 1:30."""

    yaml_implicit_resolvers = {}


JsonLoader.add_implicit_resolver("tag:yaml.org,2002:null", re.compile(r"(~|null|)$"), None)
JsonLoader.add_implicit_resolver("tag:yaml.org,2002:bool", re.compile(r"(true|false)$"), None)
JsonLoader.add_implicit_resolver("tag:yaml.org,2002:int", re.compile(r"-?(0|[1-9]\d*)$"), None)
JsonLoader.add_implicit_resolver("tag:yaml.org,2002:float", re.compile(r"-?(0|[1-9]\d*)(\.\d+)?([eE][-+]?\d+)?$"), None)


@dataclass(frozen=True)
class Picture:
    """The part of an answer that is compared; `kind` says how `content` is meant, one of KINDS or "empty"."""

    status: int | str
    headers: Mapping[str, str]
    kind: str
    content: Json
    error: str = ""


@dataclass(frozen=True)
class Wanted:
    """An answer to hold another against. partial: what it leaves out does not matter."""

    picture: Picture
    partial: bool = False
    absent: tuple[str, ...] = ()
    absent_headers: tuple[str, ...] = ()
    message_without: str = ""


@dataclass(frozen=True)
class Step:
    """One request and how its answer is compared; `wants` are equally good, and `recorded` is LoopBack's own answer."""

    id: str
    recorded: Wanted
    wants: tuple[Wanted, ...]
    request: Mapping[str, Json] | None = None
    read: Mapping[str, Json] | None = None
    save: Mapping[str, Json] = field(default_factory=dict)
    ignore: tuple[str, ...] = ()
    soft: tuple[str, ...] = ()
    unordered: tuple[str, ...] = ()
    check_headers: tuple[str, ...] = ()
    delay: float = 0
    scored: bool = True

    @property
    def is_stream(self) -> bool:
        return self.request is None or "stream" in self.request


@dataclass(frozen=True)
class Scenario:
    """Steps played in turn against a fresh copy of one app; `text` is its source, whose values are never masked."""

    name: str
    app: Path
    steps: tuple[Step, ...]
    text: str
    env: Mapping[str, str] = field(default_factory=dict)
    vars: Mapping[str, Json] = field(default_factory=dict)

    @property
    def area(self) -> str:
        return self.name.partition("/")[0]


def names(wanted: Iterable[str] = ()) -> list[str]:
    """AREA/NAME of all recorded scenarios, or of those that an area or a name picks."""
    found = sorted(path.relative_to(DATA / "recorded").with_suffix("").as_posix() for path in DATA.glob("recorded/*/*.json"))
    picks = tuple(wanted)
    return [name for name in found if not picks or any(name == pick or name.startswith(f"{pick}/") for pick in picks)]


def load(wanted: Iterable[str] = ()) -> Iterator[Scenario]:
    """The scenarios that `names` picks, read one at a time."""
    deviations = read_yaml(DATA / "deviations.yaml")[0]
    return (load_one(name, deviations) for name in names(wanted))


def load_one(name: str, deviations: Mapping[str, Json]) -> Scenario:
    data, text = read_yaml(DATA / "scenarios" / f"{name}.yaml")
    recorded = json.loads((DATA / "recorded" / f"{name}.json").read_text("utf-8"))
    answers = {step["id"]: Wanted(picture_of(step)) for step in recorded["steps"]}
    shared = [(setup, *read_yaml(DATA / "scenarios" / setup)) for setup in as_list(data.get("setup"))]
    raw = [*(step for setup, inner, _ in shared for step in setup_steps(setup, inner["steps"])), *data["steps"]]
    return Scenario(
        name=name,
        app=DATA / "apps" / data["app"],
        steps=tuple(step_of(step, answers[str(step["id"])], deviations.get(f"{name}#{step['id']}")) for step in raw),
        text=text + "".join(more for *_, more in shared),
        env=data.get("env", {}),
        vars={key: value for part in (*(inner for _, inner, _ in shared), data) for key, value in part.get("vars", {}).items()},
    )


def setup_steps(setup: str, steps: list[Json]) -> Iterator[Json]:
    """Steps that several scenarios begin with: not scored, and named after their file."""
    return ({"scored": False, **step, "id": f"{Path(setup).stem}.{step['id']}"} for step in steps)


def step_of(raw: Mapping[str, Json], recorded: Wanted, deviation: Mapping[str, Json] | None) -> Step:
    unordered = ["**"] if raw.get("unordered") is True else as_list(raw.get("unordered"))
    wants = as_list(deviation["want"] if deviation else "recorded")
    return Step(
        id=str(raw["id"]),
        recorded=recorded,
        wants=tuple(recorded if want == "recorded" else wanted_of(want) for want in wants),
        ignore=tuple(as_list(raw.get("ignore"))),
        soft=tuple(as_list(raw.get("soft"))),
        unordered=tuple(unordered),
        check_headers=tuple(as_list(raw.get("check_headers"))),
        **{key: raw[key] for key in ("request", "read", "save", "delay", "scored") if key in raw},
    )


def wanted_of(want: Mapping[str, Json]) -> Wanted:
    rules = {key: tuple(want.get(key, ())) for key in ("absent", "absent_headers")}
    return Wanted(picture_of(want), partial=True, message_without=want.get("message_without", ""), **rules)


def picture_of(answer: Mapping[str, Json]) -> Picture:
    kind = next((kind for kind in KINDS if kind in answer), "empty")
    headers = {name.lower(): value for name, value in answer.get("headers", {}).items()}
    return Picture(answer["status"], headers, kind, answer.get(kind))


def read_yaml(path: Path) -> tuple[dict[str, Json], str]:
    """A file's content, with texts as keys like in JSON, and its source."""
    text = path.read_text("utf-8")
    return json.loads(json.dumps(yaml.load(text, JsonLoader))), text


def as_list(value: Json) -> list[Json]:
    if value is None or value is False:
        return []
    return value if isinstance(value, list) else [value]
