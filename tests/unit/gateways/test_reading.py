"""Configurations that are broken, hostile or not ours: one line, and nothing of their content."""

from pathlib import Path

import json5
import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from pipelines.errors import RefusalError
from pipelines.gateways import files, json5_reader, reader
from pipelines.gateways.tree import Node

CANARY = "CANARY-7f3a"


def refused(path: Path) -> str:
    with pytest.raises(RefusalError) as refusal:
        reader.read(path)
    said = str(refusal.value)
    assert CANARY not in said
    assert "\n" not in said
    assert path.name in said
    return said


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("a.json5", '{model: "x/y",\n key "CANARY-7f3a"}', ", line 2: is not valid JSON5"),
        ("a.json", '{"model": "CANARY-7f3a', ", line 1: is not valid JSON5"),
        ("a.json", "", ", line 1: is not valid JSON5"),
        ("a.json", "[" * 5000, "is not valid JSON5"),
        ("a.json", "{} {}", "is not valid JSON5"),
        ("a.json", "/* CANARY-7f3a", "is not valid JSON5"),
        ("a.yaml", "a: b\n\tc: CANARY-7f3a", ", line 2: is not one valid YAML document"),
        ("a.yaml", "a: 1\n---\nb: CANARY-7f3a", "is not one valid YAML document"),
        ("a.yaml", "a: *CANARY-7f3a", "is not one valid YAML document"),
        ("a.yaml", "&a [*a]", "anchors describe too many values"),
        ("a.yaml", "", "is no configuration of OpenClaw, LiteLLM or opencode"),
        ("a.json", '{"model": {"provider": "a", "model": "b/c"}}', "is no configuration"),
        ("a.json", '{"model": "opus", "env": {"KEY": "CANARY-7f3a"}}', "is no configuration"),
        ("a.json", '{"agents": {"entries": {"main": {"name": "CANARY-7f3a"}}}}', "names no model"),
        ("a.yaml", "model_list:\n  - litellm_params: {api_key: CANARY-7f3a}", "names no model"),
    ],
)
def test_a_file_that_cannot_be_read_is_one_line(
    tmp_path: Path, name: str, content: str, said: str
) -> None:
    (tmp_path / name).write_text(content)
    assert said in refused(tmp_path / name)


def test_a_file_that_is_missing_large_or_binary_is_one_line(tmp_path: Path) -> None:
    assert "cannot be read" in refused(tmp_path / "none.json")
    (tmp_path / "large.json").write_bytes(b" " * 10_000_000)
    assert "is larger than 1 MB" in refused(tmp_path / "large.json")
    (tmp_path / "binary.json").write_bytes(b"\xff\xfe\x00")
    assert "is not text in UTF-8" in refused(tmp_path / "binary.json")


def test_anchors_that_describe_millions_of_values_are_refused(tmp_path: Path) -> None:
    lines = ["a0: &a0 [CANARY-7f3a, x]"]
    lines += [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 9)}]" for n in range(1, 9)]
    (tmp_path / "bomb.yaml").write_text("\n".join(lines))
    assert "anchors describe too many values" in refused(tmp_path / "bomb.yaml")


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ('{agents: {$include: "../outside.json5"}}', "$include leads out of"),
        ('{agents: {$include: "/etc/hostname"}}', "$include leads out of"),
        ('{agents: {$include: "link.json5"}}', "$include leads out of"),
        ('{agents: {$include: "openclaw.json"}}', "leads back to a file that includes it"),
        ('{agents: {$include: "loop.json5"}}', "leads back to a file that includes it"),
        ('{agents: {$include: "none.json5"}}', "names a file that is not there"),
        ("{agents: {$include: 5}}", "must name a file"),
        ('{agents: {$include: "deep-1.json5"}}', "nested more than 10 deep"),
    ],
)
def test_an_include_that_leads_astray_is_one_line(tmp_path: Path, content: str, said: str) -> None:
    folder = tmp_path / "config"
    folder.mkdir()
    (tmp_path / "outside.json5").write_text('{defaults: {model: "openrouter/auto"}}')
    (folder / "link.json5").symlink_to(tmp_path / "outside.json5")
    (folder / "loop.json5").write_text('{defaults: {$include: "loop.json5"}}')
    for n in range(1, 15):
        (folder / f"deep-{n}.json5").write_text(f'{{x: {{$include: "deep-{n + 1}.json5"}}}}')
    (folder / "openclaw.json").write_text(content)
    with pytest.raises(RefusalError) as refusal:
        reader.read(folder / "openclaw.json")
    assert said in str(refusal.value)


def test_an_include_gives_way_to_what_includes_it_and_lists_are_joined(tmp_path: Path) -> None:
    (tmp_path / "a.json5").write_text("{b: {c: 1, d: 1, list: [1]}}")
    (tmp_path / "own.json5").write_text('{$include: "a.json5", b: {d: 2, list: [2]}}')
    assert files.read(tmp_path / "own.json5").plain() == {"b": {"c": 1, "d": 2, "list": [1, 2]}}


JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(10**6), 10**6) | st.text(max_size=6),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner),
    max_leaves=8,
)


@given(JSON)
@settings(max_examples=40)
def test_json5_is_read_as_it_was_written(value: object) -> None:
    text = json5.dumps(value, trailing_commas=True, indent=1)
    assert json5_reader.parse(text, Path("x")).plain() == value


def test_json5_has_the_line_of_every_value() -> None:
    text = "// one\n{\n  a: 1, /* two\n lines */ 'b': [\n  +.5, 0xFF,\n  ],\n}"
    root = json5_reader.parse(text, Path("x"))
    assert root.plain() == {"a": 1, "b": [0.5, 255]}
    assert [one.line for one in (root, root.value["a"], *root.value["b"].value)] == [2, 3, 5, 5]


def test_yaml_has_the_values_of_pyyaml_and_their_lines(tmp_path: Path) -> None:
    text = "a: &x {k: 1, l: yes}\nb:\n  <<: *x\n  k: 2026-01-02\nc: !Secret ${KEY}\n"
    (tmp_path / "a.yaml").write_text(text)
    root = files.read(tmp_path / "a.yaml")
    assert root.plain() == {
        "a": {"k": 1, "l": True},
        "b": {"k": "2026-01-02", "l": True},
        "c": "${KEY}",
    }
    assert yaml.safe_load(text.replace("!Secret ", ""))["a"] == root.plain()["a"]
    found = root.get("b", "k")
    assert isinstance(found, Node)
    assert found.line == 4
