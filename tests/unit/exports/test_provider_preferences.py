import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipelines.exports import provider_preferences
from pipelines.exports.openrouter_contracts import ProviderPreferences
from tests.home.exports.conftest import shipped_matrix

NAMES = st.sampled_from(["*", "azure", "deepinfra", "novita"])
CLASSES = st.sampled_from(["public", "internal", "pii", "secrets"])
MATRIX = st.dictionaries(
    st.tuples(st.sampled_from(["author", "provider"]), NAMES, CLASSES), st.booleans()
)


@given(MATRIX, NAMES.filter(lambda name: name != "*"), CLASSES)
def test_a_provider_is_requested_only_if_the_matrix_allows_it(
    matrix: dict[tuple[str, str, str], bool], provider: str, data_class: str
) -> None:
    preferences = provider_preferences.for_data_class(matrix, data_class)
    asked = preferences is not None and (
        provider in preferences.only
        if preferences.only is not None
        else provider not in (preferences.ignore or ())
    )
    everybody = matrix.get(("provider", "*", data_class), False)
    assert asked == matrix.get(("provider", provider, data_class), everybody)


@given(MATRIX, CLASSES)
def test_every_preference_is_stricter_than_openrouters_default(
    matrix: dict[tuple[str, str, str], bool], data_class: str
) -> None:
    """Public data keep the default; above public nothing is collected or stored.

    Clients merge preferences key by key, so a permissive value would override a user's own `deny`.
    """
    preferences = provider_preferences.for_data_class(matrix, data_class)
    strict = {} if data_class == "public" else {"data_collection": "deny", "zdr": True}
    body = preferences.body() if preferences else strict
    assert {name: one for name, one in body.items() if name not in ("only", "ignore")} == strict


def test_where_nothing_is_restricted_the_request_has_no_provider_field() -> None:
    open_to_all = provider_preferences.for_data_class({("provider", "*", "public"): True}, "public")
    assert open_to_all == ProviderPreferences()
    assert provider_preferences.request_field(open_to_all) == {}


@pytest.mark.parametrize(
    ("rows", "policy"),
    [
        ({}, "unknown"),
        ({"*": True}, "allowed"),
        ({"*": False}, "refused"),
        ({"*": True, "azure": False}, "refused"),
        ({"*": False, "azure": True}, "allowed"),
        ({"other": True}, "unknown"),
    ],
)
def test_an_authors_own_row_beats_everybodys_and_none_is_unknown(
    rows: dict[str, bool], policy: str
) -> None:
    matrix = {("author", name, "pii"): allowed for name, allowed in rows.items()}
    assert provider_preferences.author_policy(matrix, "azure", "pii") == policy


def test_what_we_ship_lets_nobody_see_more_than_public() -> None:
    matrix = shipped_matrix()
    assert provider_preferences.for_data_class(matrix, "public")
    for data_class in ("internal", "pii", "secrets"):
        assert provider_preferences.for_data_class(matrix, data_class) is None
        assert provider_preferences.author_policy(matrix, "openai", data_class) == "refused"


@pytest.mark.parametrize(
    ("data_class", "in_region", "only"),
    [
        ("public", {"here", "near"}, ("here",)),
        ("internal", {"signed", "near"}, ("signed",)),
        ("internal", {"near"}, None),
        ("public", set(), None),
    ],
)
def test_a_region_leaves_only_its_providers(
    data_class: str, in_region: set[str], only: tuple[str, ...] | None
) -> None:
    matrix = {
        ("provider", "*", "public"): True,
        ("provider", "near", "public"): False,
        ("provider", "*", "internal"): False,
        ("provider", "signed", "internal"): True,
    }
    preferences = provider_preferences.for_data_class(matrix, data_class, frozenset(in_region))
    assert (preferences and preferences.only) == only
    assert preferences is None or preferences.ignore is None
