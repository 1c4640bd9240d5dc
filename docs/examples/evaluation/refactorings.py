"""Thirty-two mechanical changes to Python code, each with the one program that is right.

An answer is right if it is the same program as the solution: the syntax trees are compared, so
layout, quotes and comments do not count, and nothing that a model wrote is ever run.

Copyright the Tokenhouse authors, Apache-2.0. Written for this example, from no other benchmark.
"""

import ast
import re
from dataclasses import dataclass
from textwrap import dedent

FENCE = re.compile(r"```(?:python|py)?[ \t]*\n(.*?)```", re.DOTALL)


@dataclass(frozen=True)
class Refactoring:
    """A change to make: what to do, the code before, the code after, and a likely slip.

    `slip` is an edit of the solution, from one text to another, that makes it wrong.
    """

    id: str
    instruction: str
    before: str
    after: str
    slip: tuple[str, str]

    @property
    def prompt(self) -> str:
        """What the model is sent."""
        return (
            f"{self.instruction} Change nothing else. Answer with the whole changed code in one "
            f"Python code block.\n\n```python\n{dedent(self.before).strip()}\n```"
        )

    @property
    def solution(self) -> str:
        """The right program."""
        return dedent(self.after).strip()

    @property
    def wrong(self) -> str:
        """The solution with the slip."""
        return self.solution.replace(*self.slip)

    def is_solved_by(self, answer: str) -> bool:
        """Return whether the last code block of an answer, or all of it, is the right program."""
        blocks = FENCE.findall(answer)
        code = blocks[-1] if blocks else answer
        try:
            return ast.dump(ast.parse(dedent(code).strip())) == ast.dump(ast.parse(self.solution))
        except (SyntaxError, ValueError, RecursionError, MemoryError):
            return False


REFACTORINGS = [
    Refactoring(
        "rename-parameter",
        "Rename the parameter `x` of `clip` to `value`, everywhere it is meant.",
        """
        def clip(x, low, high):
            def inner(x):
                return x + 1
            if x < low:
                return low
            return min(inner(x), high)
        """,
        """
        def clip(value, low, high):
            def inner(x):
                return x + 1
            if value < low:
                return low
            return min(inner(value), high)
        """,
        ("def inner(x):\n        return x + 1", "def inner(value):\n        return value + 1"),
    ),
    Refactoring(
        "rename-method",
        "Rename the method `get` of `Cache` to `fetch`. Calls on dictionaries stay.",
        """
        class Cache:
            def __init__(self):
                self.rows = {}

            def get(self, key):
                return self.rows.get(key)


        def warm(cache, keys, names):
            return [cache.get(key) or names.get(key) for key in keys]


        warm(Cache(), [1], {})
        """,
        """
        class Cache:
            def __init__(self):
                self.rows = {}

            def fetch(self, key):
                return self.rows.get(key)


        def warm(cache, keys, names):
            return [cache.fetch(key) or names.get(key) for key in keys]


        warm(Cache(), [1], {})
        """,
        ("self.rows.get", "self.rows.fetch"),
    ),
    Refactoring(
        "percent-to-f-string",
        "Replace each `%` format of a string by an f-string, in which `%d` becomes `:d`. The "
        "remainder `%` stays.",
        """
        def label(name, number, size):
            part = number % size
            head = "%s has" % name
            return "%s %d of %d (%s)" % (head, part, size, number % 2)
        """,
        """
        def label(name, number, size):
            part = number % size
            head = f"{name} has"
            return f"{head} {part:d} of {size:d} ({number % 2})"
        """,
        ("{size:d} (", "{part:d} ("),
    ),
    Refactoring(
        "format-to-f-string",
        "Replace each call of `str.format` by an f-string.",
        """
        def path(root, year, month):
            folder = "{}/{:04d}".format(root, year)
            return "{1}/{0:02d}.csv".format(month, folder)
        """,
        """
        def path(root, year, month):
            folder = f"{root}/{year:04d}"
            return f"{folder}/{month:02d}.csv"
        """,
        ("{folder}/{month:02d}", "{month:02d}/{folder}"),
    ),
    Refactoring(
        "os-path-to-pathlib",
        "Use `pathlib.Path` in place of `os.path`: `/` to join, `.exists()` and `.name`. "
        "Import only `Path`. The parameter `root` stays a string.",
        """
        import os


        def find(root, name):
            place = os.path.join(root, "data", name)
            if os.path.exists(place):
                return os.path.basename(place)
            return None
        """,
        """
        from pathlib import Path


        def find(root, name):
            place = Path(root) / "data" / name
            if place.exists():
                return place.name
            return None
        """,
        ("place.name", "place"),
    ),
    Refactoring(
        "early-return",
        "Turn the outer `if` into a guard that returns early, with `not` before the condition.",
        """
        def save(row, sink):
            if row:
                key = row["key"]
                sink[key] = row
                return key
            else:
                return None
        """,
        """
        def save(row, sink):
            if not row:
                return None
            key = row["key"]
            sink[key] = row
            return key
        """,
        ("if not row", "if row"),
    ),
    Refactoring(
        "loop-to-comprehension",
        "Replace the loop by one list comprehension that is returned at once.",
        """
        def squares(rows, limit):
            found = []
            for row in rows:
                for number in row:
                    if number < limit:
                        found.append(number * number)
            return found
        """,
        """
        def squares(rows, limit):
            return [number * number for row in rows for number in row if number < limit]
        """,
        ("for row in rows for number in row", "for number in row for row in rows"),
    ),
    Refactoring(
        "comprehension-to-dict",
        "Build the dictionary in one dict comprehension that is returned at once.",
        """
        def by_name(rows):
            result = {}
            for row in rows:
                if row.name not in ("", None):
                    result[row.name] = row.size
            return result
        """,
        """
        def by_name(rows):
            return {row.name: row.size for row in rows if row.name not in ("", None)}
        """,
        ("not in", "in"),
    ),
    Refactoring(
        "keyword-only",
        "Make every parameter after `path` of `read` keyword-only, and adapt the calls.",
        """
        def read(path, encoding="utf-8", strict=True):
            return path, encoding, strict


        read("a", "ascii")
        read("b", "latin-1", False)
        read("c", strict=False)
        """,
        """
        def read(path, *, encoding="utf-8", strict=True):
            return path, encoding, strict


        read("a", encoding="ascii")
        read("b", encoding="latin-1", strict=False)
        read("c", strict=False)
        """,
        ('read("b", encoding="latin-1", strict=False)', 'read("b", encoding="latin-1")'),
    ),
    Refactoring(
        "swap-parameters",
        "Swap the parameters of `copy`, so that `target` comes first, and adapt the calls. Calls "
        "with a keyword argument have only such, and keep the order of their arguments.",
        """
        def copy(source, target):
            target.update(source)


        copy(a, b)
        copy(target=c, source=d)
        copy(load(), target=e)
        """,
        """
        def copy(target, source):
            target.update(source)


        copy(b, a)
        copy(target=c, source=d)
        copy(source=load(), target=e)
        """,
        ("copy(source=load(), target=e)", "copy(load(), target=e)"),
    ),
    Refactoring(
        "mutable-default",
        "The default of `seen` is shared between calls: make it `None`, and a new set where it is "
        "`None`, as the first statement.",
        """
        def unique(items, seen=set()):
            for item in items:
                if item not in seen:
                    seen.add(item)
                    yield item
        """,
        """
        def unique(items, seen=None):
            if seen is None:
                seen = set()
            for item in items:
                if item not in seen:
                    seen.add(item)
                    yield item
        """,
        ("if seen is None", "if not seen"),
    ),
    Refactoring(
        "narrow-except",
        "Replace the bare `except` by `except KeyError as error`, and chain the new error to it.",
        """
        def price(table, model):
            try:
                return table[model]
            except:
                raise LookupError(model)
        """,
        """
        def price(table, model):
            try:
                return table[model]
            except KeyError as error:
                raise LookupError(model) from error
        """,
        (" from error", ""),
    ),
    Refactoring(
        "with-open",
        "Open both files in one `with` statement in place of `close`.",
        """
        def copy(source, target):
            reader = open(source, "rb")
            writer = open(target, "wb")
            writer.write(reader.read())
            writer.close()
            reader.close()
        """,
        """
        def copy(source, target):
            with open(source, "rb") as reader, open(target, "wb") as writer:
                writer.write(reader.read())
        """,
        ('"wb") as writer', '"rb") as writer'),
    ),
    Refactoring(
        "enumerate",
        "Use `enumerate` in place of the counter, starting where it starts.",
        """
        def numbered(lines):
            number = 1
            for line in lines:
                print(number, line)
                number += 1
        """,
        """
        def numbered(lines):
            for number, line in enumerate(lines, 1):
                print(number, line)
        """,
        ("enumerate(lines, 1)", "enumerate(lines)"),
    ),
    Refactoring(
        "zip-strict",
        "Loop over `zip` of both lists in place of the index, with `strict=True`. The loop "
        "variables are called `left` and `right`.",
        """
        def product(lefts, rights):
            total = 0
            for i in range(len(lefts)):
                total += lefts[i] * rights[i]
            return total
        """,
        """
        def product(lefts, rights):
            total = 0
            for left, right in zip(lefts, rights, strict=True):
                total += left * right
            return total
        """,
        (", strict=True", ""),
    ),
    Refactoring(
        "any",
        "Replace the loop by `any` with a generator that is returned at once.",
        """
        def has_free(models):
            for model in models:
                if model.price == 0 and not model.is_hidden:
                    return True
            return False
        """,
        """
        def has_free(models):
            return any(model.price == 0 and not model.is_hidden for model in models)
        """,
        ("any(", "all("),
    ),
    Refactoring(
        "union-types",
        "Write the annotations with `|` and built-in generics, and remove the import that is then "
        "unused.",
        """
        from typing import Dict, List, Optional, Union


        def pick(rows: List[Dict[str, int]], key: Optional[str] = None) -> Union[int, str]:
            return rows[0][key] if key else "none"
        """,
        """
        def pick(rows: list[dict[str, int]], key: str | None = None) -> int | str:
            return rows[0][key] if key else "none"
        """,
        ("str | None = None", "str = None"),
    ),
    Refactoring(
        "add-annotations",
        "Annotate parameters and results: `cents` is an int, `rate` a float that may be None, "
        "`names` a list of strings. `convert` returns a float, `show` nothing.",
        """
        def convert(cents, rate=None):
            return cents / 100 * (rate or 1.0)


        def show(names):
            for name in names:
                print(name)
        """,
        """
        def convert(cents: int, rate: float | None = None) -> float:
            return cents / 100 * (rate or 1.0)


        def show(names: list[str]) -> None:
            for name in names:
                print(name)
        """,
        ("float | None = None", "float = None"),
    ),
    Refactoring(
        "dataclass",
        "Make `Point` a frozen dataclass with the same fields, types and default. Import only what "
        "is needed.",
        """
        class Point:
            def __init__(self, x: float, y: float, label: str = ""):
                self.x = x
                self.y = y
                self.label = label

            def norm(self) -> float:
                return (self.x**2 + self.y**2) ** 0.5
        """,
        """
        from dataclasses import dataclass


        @dataclass(frozen=True)
        class Point:
            x: float
            y: float
            label: str = ""

            def norm(self) -> float:
                return (self.x**2 + self.y**2) ** 0.5
        """,
        ("@dataclass(frozen=True)", "@dataclass"),
    ),
    Refactoring(
        "property",
        "Make the method `total` a property, and adapt its uses.",
        """
        class Order:
            def __init__(self, prices):
                self.prices = prices

            def total(self):
                return sum(self.prices)

            def is_large(self):
                return self.total() > 100


        print(Order([1, 2]).total(), Order([3]).is_large())
        """,
        """
        class Order:
            def __init__(self, prices):
                self.prices = prices

            @property
            def total(self):
                return sum(self.prices)

            def is_large(self):
                return self.total > 100


        print(Order([1, 2]).total, Order([3]).is_large())
        """,
        ("return self.total > 100", "return self.total() > 100"),
    ),
    Refactoring(
        "static-method",
        "`parse` does not use `self`: make it a static method, and adapt its calls as little as "
        "possible.",
        """
        class Reader:
            def parse(self, line):
                return line.split(",")

            def read(self, lines):
                return [self.parse(line) for line in lines]
        """,
        """
        class Reader:
            @staticmethod
            def parse(line):
                return line.split(",")

            def read(self, lines):
                return [self.parse(line) for line in lines]
        """,
        ("def parse(line)", "def parse(self, line)"),
    ),
    Refactoring(
        "extract-constant",
        "Give the number 86400 the name `SECONDS_PER_DAY`, as the first statement, and use it "
        "wherever that number is meant. `864000` is another number.",
        """
        def age(now, then):
            return (now - then) // 86400


        def is_old(now, then):
            return now - then > 7 * 86400 or then < 864000
        """,
        """
        SECONDS_PER_DAY = 86400


        def age(now, then):
            return (now - then) // SECONDS_PER_DAY


        def is_old(now, then):
            return now - then > 7 * SECONDS_PER_DAY or then < 864000
        """,
        ("then < 864000", "then < 10 * SECONDS_PER_DAY"),
    ),
    Refactoring(
        "inline-variable",
        "Inline the variable `ratio` and remove it.",
        """
        def growth(now, before):
            ratio = now / before
            if ratio > 2:
                return "doubled"
            return f"{ratio:.2f}"
        """,
        """
        def growth(now, before):
            if now / before > 2:
                return "doubled"
            return f"{now / before:.2f}"
        """,
        ('f"{now / before:.2f}"', 'f"{now / before}"'),
    ),
    Refactoring(
        "extract-function",
        "Move the repeated expression into a function `share(part, whole)` that comes first, and "
        "call it in both places.",
        """
        def report(tokens, named, total):
            first = round(100 * tokens / total, 1)
            second = round(100 * tokens / named, 1)
            return first, second
        """,
        """
        def share(part, whole):
            return round(100 * part / whole, 1)


        def report(tokens, named, total):
            first = share(tokens, total)
            second = share(tokens, named)
            return first, second
        """,
        ("share(tokens, named)", "share(tokens, total)"),
    ),
    Refactoring(
        "de-morgan",
        "Remove the `not` before the bracket by De Morgan's law, and turn each comparison round in "
        "its place.",
        """
        def is_outside(x, low, high, closed):
            return not (x >= low and x < high or closed)
        """,
        """
        def is_outside(x, low, high, closed):
            return (x < low or x >= high) and not closed
        """,
        ("x >= high", "x > high"),
    ),
    Refactoring(
        "match-statement",
        "Replace the chain of `if` and `elif` by a `match` statement with one pattern per answer.",
        """
        def colour(code):
            if code == 1 or code == 2:
                return "red"
            elif code == 3:
                return "green"
            else:
                return None
        """,
        """
        def colour(code):
            match code:
                case 1 | 2:
                    return "red"
                case 3:
                    return "green"
                case _:
                    return None
        """,
        ("case 1 | 2:", "case 1:"),
    ),
    Refactoring(
        "async",
        "`fetch` is a coroutine now: make what calls it asynchronous too, and await it one after "
        "another as before.",
        """
        async def fetch(name):
            return name


        def both(first, second):
            return fetch(first) + fetch(second)


        def all_of(names):
            found = []
            for name in names:
                found.append(fetch(name))
            return found
        """,
        """
        async def fetch(name):
            return name


        async def both(first, second):
            return await fetch(first) + await fetch(second)


        async def all_of(names):
            found = []
            for name in names:
                found.append(await fetch(name))
            return found
        """,
        ("+ await fetch(second)", "+ fetch(second)"),
    ),
    Refactoring(
        "logging",
        "Replace each `print` by a call of `logger`: `warning` where the text begins with WARNING, "
        "which is then left out, else `info`. Values are arguments after the text, as `%s`.",
        """
        import logging

        logger = logging.getLogger(__name__)


        def load(path, rows):
            print(f"read {path}")
            if not rows:
                print(f"WARNING: {path} has {rows} rows")
        """,
        """
        import logging

        logger = logging.getLogger(__name__)


        def load(path, rows):
            logger.info("read %s", path)
            if not rows:
                logger.warning("%s has %s rows", path, rows)
        """,
        ('logger.warning("%s has %s rows", path, rows)', 'logger.warning("%s has %s rows", path)'),
    ),
    Refactoring(
        "utcnow",
        "`datetime.utcnow()` is deprecated: use `datetime.now(UTC)`, and import `UTC` as the first "
        "of the names.",
        """
        from datetime import datetime, timedelta


        def expires(days):
            return datetime.utcnow() + timedelta(days=days)


        def stamp():
            return datetime.utcnow().isoformat()
        """,
        """
        from datetime import UTC, datetime, timedelta


        def expires(days):
            return datetime.now(UTC) + timedelta(days=days)


        def stamp():
            return datetime.now(UTC).isoformat()
        """,
        ("return datetime.now(UTC) + timedelta", "return datetime.now() + timedelta"),
    ),
    Refactoring(
        "import-module",
        "Import the module `json` in place of its functions, and adapt the uses. `load` of this "
        "file stays.",
        """
        from json import dumps, loads


        def load(text):
            return loads(text)


        def same(text):
            return dumps(load(text)) == text
        """,
        """
        import json


        def load(text):
            return json.loads(text)


        def same(text):
            return json.dumps(load(text)) == text
        """,
        ("json.dumps(load(text))", "json.dumps(json.load(text))"),
    ),
    Refactoring(
        "sort-key",
        "Sort in place by size, largest first, and then by name, with one call of `sort` and a "
        "lambda that returns a tuple.",
        """
        def order(files):
            files.sort(key=lambda file: file.name)
            files.sort(key=lambda file: file.size, reverse=True)
            return files
        """,
        """
        def order(files):
            files.sort(key=lambda file: (-file.size, file.name))
            return files
        """,
        ("(-file.size, file.name)", "(file.size, file.name)"),
    ),
    Refactoring(
        "generator",
        "Make `leaves` a generator that yields each leaf, and uses `yield from` for subtrees, in "
        "place of building a list.",
        """
        def leaves(tree):
            found = []
            for node in tree:
                if isinstance(node, list):
                    found.extend(leaves(node))
                else:
                    found.append(node)
            return found
        """,
        """
        def leaves(tree):
            for node in tree:
                if isinstance(node, list):
                    yield from leaves(node)
                else:
                    yield node
        """,
        ("yield from leaves(node)", "yield leaves(node)"),
    ),
]
